package main

import (
	"fmt"
	"io"
	"strings"
)

// doctorCmd finds out what keeps a till from working. It opens no device and
// changes nothing; what it asks the programme is about no customer.
type doctorCmd struct {
	JSON bool   `name:"json" help:"One JSON object per line."`
	Data string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c doctorCmd) Run(e *env) error {
	found := examine(gather(e, c.Data))
	if err := printFindings(e.stdout, found, c.JSON); err != nil {
		return err
	}
	bad := 0
	for _, f := range found {
		if f.Level == levelProblem {
			bad++
		}
	}
	switch bad {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("1 problem")
	}
	return fmt.Errorf("%d problems", bad)
}

// finding is what one check has to say.
type finding struct {
	Level   level  `json:"level"`
	Subject string `json:"subject"` // what was looked at: "scanner serial:counter", "clock"
	What    string `json:"what"`
	Remedy  string `json:"remedy,omitempty"`
}

// level is how bad a finding is.
type level string

// The levels of findings. A note is worth knowing, and keeps nothing from working.
const (
	levelOK      level = "ok"
	levelNote    level = "note"
	levelProblem level = "problem"
)

// examine makes every check. Each looks at the facts alone.
func examine(f facts) (all []finding) {
	for _, check := range []func(facts) []finding{
		checkConfiguration, checkDaemon, checkDevices, checkHIDSupport, checkModemManager, checkBraille,
		checkDataFolder, checkArchive, checkKey, checkClock, checkProvider, checkPage,
	} {
		all = append(all, check(f)...)
	}
	return all
}

func printFindings(w io.Writer, all []finding, asJSON bool) error {
	if asJSON {
		return printJSON(w, all)
	}
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%-8s %s: %s\n", strings.ToUpper(string(f.Level)), f.Subject, f.What)
		for line := range strings.Lines(f.Remedy) {
			fmt.Fprintf(&b, "         %s\n", strings.TrimRight(line, "\n"))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func fine(subject, format string, args ...any) finding {
	return finding{Level: levelOK, Subject: subject, What: fmt.Sprintf(format, args...)}
}

func note(subject, what, remedy string) finding {
	return finding{levelNote, subject, what, remedy}
}

func problem(subject, what, remedy string) finding {
	return finding{levelProblem, subject, what, remedy}
}
