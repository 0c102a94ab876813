"""Where both processes begin: marimo's server, and each kernel that it starts.

A kernel's process imports the module that its parent was started with, under another name
(multiprocessing's spawn), so nothing is imported here that it has no use for.
"""

if __name__ == "__main__":
    from carrel import server

    server.main()
elif __name__ == "__mp_main__":
    from carrel import flood, limit

    limit.install()
    flood.install()
