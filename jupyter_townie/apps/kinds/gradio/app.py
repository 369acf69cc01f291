"""A Gradio app: functions with a form around them.  ``demo`` is what is shown."""

import gradio as gr


def count(text: str) -> dict[str, int]:
    words = text.lower().split()
    return {word: words.count(word) for word in sorted(set(words))}


with gr.Blocks(title="{{title}}") as demo:
    gr.Markdown("# {{title}}")
    text = gr.Textbox(label="Text", lines=4, placeholder="Type or paste some text")
    result = gr.JSON(label="How often each word occurs")
    gr.Button("Count", variant="primary").click(count, text, result)

if __name__ == "__main__":
    demo.launch()
