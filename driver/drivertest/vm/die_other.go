//go:build !linux

package vm

import "os/exec"

func dieWithUs(*exec.Cmd) {}
