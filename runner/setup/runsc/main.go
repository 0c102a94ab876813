// The sandbox engine: gVisor's runsc as it is, but for two things. Another
// runsc does as well, only slower: it knows nothing of either.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"gvisor.dev/gvisor/runsc/cli/maincli"
	"gvisor.dev/gvisor/runsc/version"
)

// Set by the linker, and so to be linked.
var _ = version.Version()

// Go collects garbage first when a heap has 4 MB, which is three times while
// a sandbox comes to life. Here it is first at 16 MB, and from then on as
// everywhere.
func collectLater() {
	debug.SetGCPercent(400)
	runtime.SetFinalizer(new([64]byte), func(*[64]byte) {
		debug.SetGCPercent(100)
	})
}

// More flags, which not every runsc knows: one that does not would refuse
// them, but nobody minds a variable.
func addFlags() {
	const name = "CARREL_RUNSC_FLAGS"
	more := strings.Fields(os.Getenv(name))
	os.Args = append(append(os.Args[:1:1], more...), os.Args[1:]...)
	os.Unsetenv(name)
}

func main() {
	collectLater()
	addFlags()
	maincli.Main()
}
