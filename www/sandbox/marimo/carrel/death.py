"""Why a kernel ended, in a sentence for its user."""

import signal

SIGNALS = {
    signal.SIGKILL: "It was killed, most likely because the memory was used up.",
    signal.SIGSEGV: "A library crashed it (segmentation fault).",
    signal.SIGABRT: "A library ended it (abort).",
    signal.SIGBUS: "A library crashed it (bus error).",
    signal.SIGFPE: "A library crashed it (arithmetic error).",
    signal.SIGILL: "A library crashed it (illegal instruction).",
}


def sentence(exitcode: int | None) -> str:
    if exitcode is None:
        return "It ended for an unknown reason."
    if exitcode >= 0:
        return f"The code ended it (exit status {exitcode})."
    return SIGNALS.get(-exitcode, f"It was stopped by signal {-exitcode}.")
