import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Savings calculator")


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # What will it come to?

    This notebook is a small tool: a calculator of savings. Share it as an app, and others
    see the controls and the result, without the code.
    """)
    return


@app.cell(hide_code=True)
def _():
    import altair as alt
    import marimo as mo
    import polars as pl

    return alt, mo, pl


@app.cell(hide_code=True)
def _(mo):
    start = mo.ui.number(0, 1_000_000, value=1000, step=100, label="To begin with")
    monthly = mo.ui.number(0, 100_000, value=200, step=10, label="Each month")
    rate = mo.ui.slider(0, 12, step=0.25, value=4, label="Interest, % a year", show_value=True)
    years = mo.ui.slider(1, 40, value=15, label="Years", show_value=True)
    mo.vstack([mo.hstack([start, monthly], justify="start", gap=2), rate, years])
    return monthly, rate, start, years


@app.cell
def _(monthly, pl, rate, start, years):
    def grow(amount: float, each_month: float, percent: float, months: int) -> list[float]:
        """What is there at the beginning and after each month."""
        amounts = [float(amount)]
        for _ in range(months):
            amounts.append(amounts[-1] * (1 + percent / 1200) + each_month)
        return amounts

    months = years.value * 12
    saved = [float(start.value + monthly.value * n) for n in range(months + 1)]
    plan = pl.DataFrame(
        {
            "year": [n / 12 for n in range(months + 1)],
            "paid in": saved,
            "with interest": grow(start.value, monthly.value, rate.value, months),
        }
    )
    return (plan,)


@app.cell(hide_code=True)
def _(mo, plan):
    paid, total = plan["paid in"][-1], plan["with interest"][-1]
    mo.hstack(
        [
            mo.stat(f"{total:,.0f}", label="In the end", bordered=True),
            mo.stat(f"{paid:,.0f}", label="Paid in"),
            mo.stat(f"{total - paid:,.0f}", label="Interest"),
        ],
        justify="start",
        gap=2,
    )
    return


@app.cell(hide_code=True)
def _(alt, plan):
    alt.Chart(plan.unpivot(index="year", variable_name="what", value_name="amount")).mark_area(
        opacity=0.5, line=True
    ).encode(
        x=alt.X("year:Q", title="Years"),
        y=alt.Y("amount:Q", title="Amount", stack=None),
        color=alt.Color("what:N", title=None, sort=["with interest", "paid in"]),
        tooltip=["what", alt.Tooltip("year", format=".1f"), alt.Tooltip("amount", format=",.0f")],
    ).properties(height=260, width="container")
    return


if __name__ == "__main__":
    app.run()
