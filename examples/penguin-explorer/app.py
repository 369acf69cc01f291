"""The Palmer penguins, by species and sex.  It asks to read one file that lies outside of its folder."""

from pathlib import Path

import pandas as pd
import streamlit as st

FILE = Path(__file__).parent.parent / "data" / "penguins.csv"
MEASURES = {
    "bill_length_mm": "Bill length (mm)",
    "bill_depth_mm": "Bill depth (mm)",
    "flipper_length_mm": "Flipper length (mm)",
    "body_mass_g": "Body mass (g)",
}

st.set_page_config(page_title="Penguin explorer", page_icon="🐧")
st.title("Penguin explorer")


@st.cache_data
def load() -> pd.DataFrame:
    return pd.read_csv(FILE).dropna()


data = load()
left, right = st.columns(2)
across = left.selectbox("Across", MEASURES, format_func=MEASURES.get, index=2)
up = right.selectbox("Up", MEASURES, format_func=MEASURES.get, index=3)
species = st.multiselect("Species", sorted(data.species.unique()), default=sorted(data.species.unique()))
shown = data[data.species.isin(species)]
if shown.empty:
    st.info("Choose at least one species.")
    st.stop()

st.scatter_chart(shown, x=across, y=up, color="species", x_label=MEASURES[across], y_label=MEASURES[up])
st.caption(f"{len(shown)} of {len(data)} penguins")
st.dataframe(shown.groupby(["species", "sex"])[list(MEASURES)].mean().round(1))
