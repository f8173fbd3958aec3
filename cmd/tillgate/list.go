package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// printList writes a list for a person, under a head and a row each, or what none
// says if it is empty; or one JSON object a line.
func printList[T any](w io.Writer, all []T, asJSON bool, none, head string, row func(io.Writer, T)) error {
	if asJSON {
		return printJSON(w, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, none)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, head)
	for _, x := range all {
		row(t, x)
	}
	return t.Flush()
}

// printJSON writes a list for a program, one object a line.
func printJSON[T any](w io.Writer, all []T) error {
	enc := json.NewEncoder(w)
	for _, x := range all {
		if err := enc.Encode(x); err != nil {
			return err
		}
	}
	return nil
}
