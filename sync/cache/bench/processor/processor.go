// Package processor tells what a benchmark ran on.
package processor

import (
	"os"
	"runtime"
	"strings"
)

// Name is the processor's, or its kind where the system does not say.
func Name() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.Trim(name, "\t :\n")
		}
	}
	return runtime.GOARCH
}
