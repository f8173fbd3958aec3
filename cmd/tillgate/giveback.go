package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid"
)

// giveBackCmd is the second process of a till whose scanner would type nothing any more
// if the first were killed. The first holds the other end of its input, and writes a
// byte when it has given the scanner back itself; an end without that is its death.
type giveBackCmd struct {
	Path string `arg:"" help:"The interface, as the system names it."`
}

// giveBackFor is how long it is tried: the system needs a moment to set the scanner up
// that it gets back.
const giveBackFor = 20 * time.Second

// Run waits. The signals that end a service, or all that a terminal has started, come
// to this process too, and too early: the input says when.
func (c giveBackCmd) Run(e *env) error {
	signal.Ignore(syscall.SIGHUP)
	if n, _ := os.Stdin.Read(make([]byte, 1)); n > 0 {
		return nil
	}
	var err error
	for end := time.Now().Add(giveBackFor); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = hid.GiveBack(c.Path); err == nil || errors.Is(err, driver.ErrBusy) {
			return nil // or the till runs again
		}
	}
	return err
}

// guard starts that process.
func guard(path string) (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "give-back", path)
	cmd.Env = []string{"SYSTEMROOT=" + os.Getenv("SYSTEMROOT")} // no secrets; Windows starts nothing without it
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start the process that gives the scanner back: %w", err)
	}
	return func() {
		io.WriteString(in, "\n")
		in.Close()
		late := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		late.Stop()
	}, nil
}
