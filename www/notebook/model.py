import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Train a model")


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Train a model

    This notebook teaches a classifier to tell two half-moons of points apart, and shows
    where it errs on points that it has never seen.
    """)
    return


@app.cell
def _():
    import marimo as mo
    import matplotlib.pyplot as plt
    import numpy as np
    from sklearn.datasets import make_moons
    from sklearn.inspection import DecisionBoundaryDisplay
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    return (
        DecisionBoundaryDisplay,
        DecisionTreeClassifier,
        KNeighborsClassifier,
        LogisticRegression,
        StandardScaler,
        make_moons,
        make_pipeline,
        mo,
        np,
        plt,
        train_test_split,
    )


@app.cell
def _(mo):
    kind = mo.ui.dropdown(
        options=["Nearest neighbours", "Decision tree", "Straight line"],
        value="Nearest neighbours",
        label="Model",
    )
    noise = mo.ui.slider(0, 0.5, step=0.05, value=0.25, label="Noise", show_value=True)
    detail = mo.ui.slider(1, 30, value=9, label="Neighbours, or depth", show_value=True)
    mo.hstack([kind, noise, detail], justify="start", gap=2)
    return detail, kind, noise


@app.cell
def _(make_moons, noise, train_test_split):
    points, labels = make_moons(600, noise=noise.value, random_state=3)
    train_points, test_points, train_labels, test_labels = train_test_split(
        points, labels, test_size=0.3, random_state=3
    )
    return test_labels, test_points, train_labels, train_points


@app.cell
def _(
    DecisionTreeClassifier,
    KNeighborsClassifier,
    LogisticRegression,
    StandardScaler,
    detail,
    kind,
    make_pipeline,
    train_labels,
    train_points,
):
    models = {
        "Nearest neighbours": KNeighborsClassifier(detail.value),
        "Decision tree": DecisionTreeClassifier(max_depth=detail.value, random_state=3),
        "Straight line": LogisticRegression(),
    }
    model = make_pipeline(StandardScaler(), models[kind.value])
    model.fit(train_points, train_labels)
    return (model,)


@app.cell(hide_code=True)
def _(mo, model, test_labels, test_points, train_labels, train_points):
    seen = model.score(train_points, train_labels)
    unseen = model.score(test_points, test_labels)
    mo.hstack(
        [
            mo.stat(f"{seen:.1%}", label="Right on points it has seen"),
            mo.stat(f"{unseen:.1%}", label="Right on new points", bordered=True),
        ],
        justify="start",
        gap=2,
    )
    return


@app.cell
def _(DecisionBoundaryDisplay, model, np, plt, test_labels, test_points):
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    DecisionBoundaryDisplay.from_estimator(
        model, test_points, response_method="predict", cmap="coolwarm", alpha=0.25, ax=axes
    )
    wrong = model.predict(test_points) != test_labels
    axes.scatter(*test_points.T, c=test_labels, cmap="coolwarm", s=18)
    axes.scatter(
        *test_points[wrong].T, facecolors="none", edgecolors="black", s=70,
        label=f"{np.count_nonzero(wrong)} wrong",
    )
    axes.legend(loc="upper right")
    axes.set(xticks=[], yticks=[])
    axes
    return


if __name__ == "__main__":
    app.run()
