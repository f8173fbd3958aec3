package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/tillgate/tillgate/ui/checkout"
)

// pinCmd makes the hash of a supervisor's PIN.
type pinCmd struct{}

func (pinCmd) Run(e *env) error {
	fmt.Fprintln(e.stderr, "Type the PIN and press Enter. What is printed goes into the file or credential that offline.pin names.")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return fmt.Errorf("read the PIN: %w", err)
	}
	hash, err := checkout.HashPIN(strings.TrimSpace(line))
	if err != nil {
		return exitWith(exitUsage, err)
	}
	_, err = fmt.Fprintln(e.stdout, hash)
	return err
}
