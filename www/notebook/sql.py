import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="SQL on data frames")


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # SQL on data frames

    This notebook asks a data frame questions in SQL. DuckDB reads the frame where it is,
    and each answer is a data frame again.
    """)
    return


@app.cell
def _():
    import marimo as mo
    import numpy as np
    import polars as pl

    return mo, np, pl


@app.cell
def _(np, pl):
    # A year of made-up rides; the seed makes them the same each time.
    random = np.random.default_rng(7)
    count = 5000
    hours = random.choice(24, count, p=np.array([1, 1, 1, 1, 1, 2, 4, 8, 9, 5, 4, 4, 5, 5, 4, 5, 7, 9, 8, 5, 4, 3, 2, 2]) / 100)
    rides = pl.DataFrame(
        {
            "hour": hours,
            "city": random.choice(["Lisbon", "Oslo", "Vienna"], count, p=[0.5, 0.2, 0.3]),
            "minutes": random.gamma(4, 3.5, count).round(1),
        }
    )
    rides
    return (rides,)


@app.cell
def _(mo, rides):
    by_city = mo.sql(
        f"""
        SELECT city, count(*) AS rides, round(avg(minutes), 1) AS mean_minutes,
               round(quantile_cont(minutes, 0.9), 1) AS nine_in_ten_under
        FROM rides
        GROUP BY city
        ORDER BY rides DESC
        """
    )
    return


@app.cell
def _(mo, rides):
    city = mo.ui.dropdown(options=sorted(rides["city"].unique()), value="Lisbon", label="City")
    city
    return (city,)


@app.cell
def _(city, mo, rides):
    by_hour = mo.sql(
        f"""
        SELECT hour, count(*) AS rides
        FROM rides
        WHERE city = '{city.value}'
        GROUP BY hour
        ORDER BY hour
        """,
        output=False,
    )
    return (by_hour,)


@app.cell
def _(by_hour, city):
    import altair as alt

    alt.Chart(by_hour).mark_area(opacity=0.6, line=True).encode(
        x=alt.X("hour:Q", title="Hour of the day", scale=alt.Scale(domain=[0, 23])),
        y=alt.Y("rides:Q", title=f"Rides in {city.value}"),
        tooltip=["hour", "rides"],
    ).properties(height=220, width="container")
    return


if __name__ == "__main__":
    app.run()
