import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Explore a table")


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Explore a table

    This notebook loads a CSV file, filters it with the controls below, sums it up and charts
    it. It begins with a sample; upload a file of your own and change its name in the next
    cell.
    """)
    return


@app.cell
def _():
    import io
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl

    return Path, alt, io, mo, pl


@app.cell(hide_code=True)
def _():
    from inspect import cleandoc

    SAMPLE = cleandoc("""
        month,region,product,units,price
        2026-01,North,Tea,120,4.50
        2026-01,North,Coffee,80,6.20
        2026-01,South,Tea,95,4.40
        2026-01,South,Coffee,130,6.10
        2026-02,North,Tea,134,4.50
        2026-02,North,Coffee,91,6.20
        2026-02,South,Tea,88,4.40
        2026-02,South,Coffee,142,6.10
        2026-03,North,Tea,151,4.60
        2026-03,North,Coffee,99,6.30
        2026-03,South,Tea,102,4.50
        2026-03,South,Coffee,155,6.20
        2026-04,North,Tea,129,4.60
        2026-04,North,Coffee,117,6.30
        2026-04,South,Tea,110,4.50
        2026-04,South,Coffee,149,6.20
    """)
    return (SAMPLE,)


@app.cell
def _(Path, SAMPLE, io, pl):
    # The name of your own file goes here.
    file = Path("sales.csv")
    sales = pl.read_csv(file if file.exists() else io.StringIO(SAMPLE))
    sales = sales.with_columns(revenue=pl.col("units") * pl.col("price"))
    return (sales,)


@app.cell
def _(mo, sales):
    regions = mo.ui.multiselect(
        options=sales["region"].unique().sort().to_list(),
        value=sales["region"].unique().sort().to_list(),
        label="Regions",
    )
    measure = mo.ui.dropdown(options=["revenue", "units"], value="revenue", label="Measure")
    mo.hstack([regions, measure], justify="start", gap=2)
    return measure, regions


@app.cell
def _(pl, regions, sales):
    chosen = sales.filter(pl.col("region").is_in(regions.value))
    chosen
    return (chosen,)


@app.cell
def _(chosen, measure, pl):
    by_product = (
        chosen.group_by("product")
        .agg(pl.col(measure.value).sum().alias("total"), pl.col(measure.value).mean().alias("mean"))
        .sort("total", descending=True)
    )
    by_product
    return


@app.cell
def _(alt, chosen, measure, mo):
    chart = mo.ui.altair_chart(
        alt.Chart(chosen)
        .mark_bar()
        .encode(
            x=alt.X("month:N", title="Month"),
            y=alt.Y(f"sum({measure.value}):Q", title=measure.value.capitalize()),
            color=alt.Color("product:N", title="Product"),
            tooltip=["month", "region", "product", measure.value],
        )
        .properties(height=280)
    )
    chart
    return (chart,)


@app.cell(hide_code=True)
def _(chart, mo):
    picked = len(chart.value)
    mo.md(f"Drag over the chart to pick bars: **{picked} rows** are picked. `chart.value` has them.")
    return


if __name__ == "__main__":
    app.run()
