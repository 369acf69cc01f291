"""A Panel app: widgets bound to functions; ``.servable()`` is what is shown."""

import math

import panel as pn
from matplotlib.figure import Figure

pn.extension()

frequency = pn.widgets.FloatSlider(name="Frequency", start=0.5, end=5, value=1, step=0.5)


def wave(frequency: float) -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.subplots()
    xs = [step / 50 for step in range(500)]
    axes.plot(xs, [math.sin(frequency * x) for x in xs])
    axes.set(xlabel="time", ylabel="value")
    return figure


chart = pn.pane.Matplotlib(pn.bind(wave, frequency), tight=True, sizing_mode="scale_width", max_width=800)
pn.Column("# {{title}}", frequency, chart).servable(title="{{title}}")
