"""The body mass of penguins with bins to choose.  ``.servable()`` is what is shown."""

import random

import panel as pn
from matplotlib.figure import Figure

pn.extension()

# Drawn from what the Palmer penguins weigh in g: mean, spread, number.
SPECIES = {"Adelie": (3700, 460, 151), "Chinstrap": (3730, 380, 68), "Gentoo": (5080, 500, 123)}
COLOURS = {"Adelie": "#e07a1f", "Chinstrap": "#9c5fb5", "Gentoo": "#1f7a78"}
drawn = random.Random(7)
MASSES = {name: [drawn.gauss(mean, spread) for _ in range(count)] for name, (mean, spread, count) in SPECIES.items()}

bins = pn.widgets.IntSlider(name="Bins", start=5, end=40, value=16)
species = pn.widgets.CheckBoxGroup(name="Species", options=list(SPECIES), value=list(SPECIES), inline=True)


def histogram(bins: int, species: list[str]) -> Figure:
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    for name in species:
        axes.hist(MASSES[name], bins=bins, range=(2500, 6500), alpha=0.6, label=name, color=COLOURS[name])
    axes.set(xlabel="Body mass (g)", ylabel="Penguins")
    if species:
        axes.legend(frameon=False)
    return figure


chart = pn.pane.Matplotlib(pn.bind(histogram, bins, species), tight=True, sizing_mode="scale_width", max_width=800)
pn.Column("# Body mass", species, bins, chart).servable(title="Body mass")
