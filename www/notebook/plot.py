import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Interactive plot")


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Interactive plot

    This notebook draws the sum of two waves. Move a slider: only the cells that use it run
    again.
    """)
    return


@app.cell
def _():
    import marimo as mo
    import matplotlib.pyplot as plt
    import numpy as np

    return mo, np, plt


@app.cell
def _(mo):
    first = mo.ui.slider(1, 12, step=0.5, value=3, label="First wave (Hz)", show_value=True)
    second = mo.ui.slider(1, 12, step=0.5, value=4, label="Second wave (Hz)", show_value=True)
    share = mo.ui.slider(0, 1, step=0.05, value=0.5, label="Share of the second", show_value=True)
    mo.vstack([first, second, share])
    return first, second, share


@app.cell
def _(first, np, second, share):
    seconds = np.linspace(0, 2, 1000)
    waves = {
        "first": (1 - share.value) * np.sin(2 * np.pi * first.value * seconds),
        "second": share.value * np.sin(2 * np.pi * second.value * seconds),
    }
    total = sum(waves.values())
    return seconds, total, waves


@app.cell
def _(plt, seconds, total, waves):
    figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
    for name, wave in waves.items():
        axes.plot(seconds, wave, linewidth=1, alpha=0.45, label=name)
    axes.plot(seconds, total, linewidth=2, label="sum")
    axes.set(xlabel="Time (s)", ylabel="Amplitude", ylim=(-1.1, 1.1))
    axes.legend(loc="upper right", ncols=3, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes
    return


@app.cell(hide_code=True)
def _(first, mo, second):
    beat = abs(first.value - second.value)
    mo.md(
        f"The two differ by {beat:g} Hz, so the sum swells **{beat:g} times** a second."
        if beat
        else "Both have the same frequency, so the sum is one steady wave."
    )
    return


if __name__ == "__main__":
    app.run()
