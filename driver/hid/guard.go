package hid

import (
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/driver"
)

// Guard starts what outlives this program: it sees to it that GiveBack is called for
// the interface at path when the program is killed. stop ends it, when the scanner has
// been given back.
type Guard func(path string) (stop func(), err error)

// Guard has the scanners guarded that would else type nothing any more after the
// program was killed. It is called before they run.
func (d *Driver) Guard(g Guard) {
	d.guard = g
	for _, s := range d.sources {
		s.set.guard = g
	}
}

// guarded says whether a killed program leaves the scanner mute: one that was told to
// send its codes here in place of typing them, and a keyboard that the library has
// taken from the kernel. What is grabbed the kernel gives back by itself.
func guarded(dev device, c choice) bool {
	_, taken := dev.(library)
	return c.typed && redirects(c) || taken && c.mode == keyboardMode
}

// GiveBack lets a scanner type again whose program was killed: it goes back to the
// kernel's driver, and to the keyboard that it was told to leave. One that somebody
// else has by now is left to them: the error wraps driver.ErrBusy then, and
// driver.ErrAbsent if it is not plugged in.
func GiveBack(path string) error { return giveBack(machine{}, path) }

func giveBack(b bus, path string) error {
	c, err := reached(b, path)
	if err != nil {
		return err
	}
	if c.Driver == "" && c.Dir != "" {
		if err := b.attach(c.node); err != nil {
			return err
		}
		return fmt.Errorf("scanner at %s: %w: it is just being set up", path, driver.ErrAbsent) // what it is shows then
	}
	if !c.typed || !redirects(c) {
		return nil
	}
	dev, err := b.open(c.node)
	if err != nil {
		return err
	}
	_, err = dev.SendFeatureReport([]byte{0xfe, 0})
	return errors.Join(err, dev.Close())
}

// reached finds the interface at a path, and how it would be read.
func reached(b bus, path string) (choice, error) {
	nodes, err := b.list()
	if err != nil {
		return choice{}, err
	}
	c := choice{}
	for _, n := range nodes {
		if n.Path == path {
			c.node = n
			c.mode, c.table, c.desc = kindOf(n)
		}
	}
	if c.Path == "" {
		return c, fmt.Errorf("scanner at %s: %w", path, driver.ErrAbsent)
	}
	for _, n := range nodes {
		m, _, _ := kindOf(n)
		c.typed = c.typed || n.Port() == c.Port() && m == keyboardMode && c.mode != keyboardMode
	}
	return c, nil
}
