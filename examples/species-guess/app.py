"""Guesses the species of a penguin by the nearest mean of the Palmer penguins."""

import math

import gradio as gr

# Means of bill length, bill depth and flipper length in mm, and how far each usually is from them.
MEANS = {"Adelie": (38.8, 18.3, 190), "Chinstrap": (48.8, 18.4, 196), "Gentoo": (47.5, 15.0, 217)}
SPREAD = (5.5, 2.0, 14.1)


def guess(length: float, depth: float, flipper: float) -> dict[str, float]:
    nearness = {
        species: math.exp(
            -sum(((one - mean) / spread) ** 2 for one, mean, spread in zip((length, depth, flipper), means, SPREAD))
        )
        for species, means in MEANS.items()
    }
    return {species: one / sum(nearness.values()) for species, one in nearness.items()}


with gr.Blocks(title="Which penguin is it?") as demo:
    gr.Markdown("# Which penguin is it?\nMove the sliders to what you have measured.")
    with gr.Row():
        with gr.Column():
            length = gr.Slider(30, 60, 45, step=0.5, label="Bill length (mm)")
            depth = gr.Slider(13, 22, 17, step=0.5, label="Bill depth (mm)")
            flipper = gr.Slider(170, 235, 200, step=1, label="Flipper length (mm)")
        answer = gr.Label(label="Species")
    for slider in (length, depth, flipper):
        slider.change(guess, [length, depth, flipper], answer)
    demo.load(guess, [length, depth, flipper], answer)

if __name__ == "__main__":
    demo.launch()
