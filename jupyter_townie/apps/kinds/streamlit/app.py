"""A Streamlit app: the script runs from top to bottom whenever something is changed in the page."""

import pandas as pd
import streamlit as st

st.set_page_config(page_title="{{title}}")
st.title("{{title}}")


@st.cache_data
def load() -> pd.DataFrame:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
    return pd.DataFrame({"month": months, "north": [4, 6, 9, 8, 11, 13], "south": [7, 7, 6, 9, 10, 9]})


data = load()
places = st.multiselect("Places", ["north", "south"], default=["north", "south"])
if not places:
    st.info("Choose at least one place.")
    st.stop()

st.line_chart(data, x="month", y=places)
st.dataframe(data[["month", *places]], hide_index=True)
