"""Flipper length and body mass of some Palmer penguins.  ``app`` is what is served."""

from dash import Dash, Input, Output, dcc, html

# Flipper length in mm, body mass in g.
PENGUINS = {
    "Adelie": [(181, 3750), (186, 3800), (195, 3250), (193, 3450), (190, 3650), (181, 3625), (195, 4675), (198, 4250)],
    "Chinstrap": [(192, 3500), (196, 3900), (193, 3650), (188, 3525), (197, 3725), (198, 3950), (178, 3250)],
    "Gentoo": [(211, 4500), (230, 5700), (210, 4450), (218, 5700), (215, 5400), (210, 4550), (219, 5200)],
}
COLOURS = {"Adelie": "#e07a1f", "Chinstrap": "#9c5fb5", "Gentoo": "#1f7a78"}

app = Dash(__name__, title="Flippers and mass", serve_locally=True)
app.layout = html.Main(
    [
        html.H1("Flippers and mass"),
        dcc.Checklist(list(PENGUINS), list(PENGUINS), id="species", inline=True, labelStyle={"marginRight": "1rem"}),
        dcc.Graph(id="chart"),
        html.P(id="summary"),
    ],
    style={"fontFamily": "system-ui, sans-serif", "maxWidth": "48rem", "margin": "1rem auto", "padding": "0 1rem"},
)


@app.callback(Output("chart", "figure"), Output("summary", "children"), Input("species", "value"))
def chart(chosen: list[str]) -> tuple[dict, str]:
    traces = [
        {
            "x": [flipper for flipper, _ in PENGUINS[species]],
            "y": [mass for _, mass in PENGUINS[species]],
            "name": species,
            "mode": "markers",
            "marker": {"size": 10, "color": COLOURS[species]},
        }
        for species in chosen
    ]
    layout = {"xaxis": {"title": {"text": "Flipper length (mm)"}}, "yaxis": {"title": {"text": "Body mass (g)"}}}
    count = sum(len(PENGUINS[species]) for species in chosen)
    return {"data": traces, "layout": layout}, f"{count} penguins" if count else "Choose at least one species."


server = app.server

if __name__ == "__main__":
    app.run()
