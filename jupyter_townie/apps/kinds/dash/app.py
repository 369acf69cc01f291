"""A Dash app: a layout and callbacks.  ``app`` is what is served."""

from dash import Dash, Input, Output, dcc, html

SALES = {"north": [4, 6, 9, 8, 11, 13], "south": [7, 7, 6, 9, 10, 9]}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]

app = Dash(__name__, title="{{title}}", serve_locally=True)
app.layout = html.Main(
    [
        html.H1("{{title}}"),
        dcc.Dropdown(list(SALES), "north", id="place", clearable=False),
        dcc.Graph(id="chart"),
    ],
    style={"fontFamily": "system-ui, sans-serif", "maxWidth": "48rem", "margin": "auto"},
)


@app.callback(Output("chart", "figure"), Input("place", "value"))
def chart(place: str) -> dict:
    return {"data": [{"x": MONTHS, "y": SALES[place], "type": "bar"}], "layout": {"title": {"text": place}}}


server = app.server

if __name__ == "__main__":
    app.run()
