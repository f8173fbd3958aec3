package main

// fakeScannerCmd runs a serial scanner made of software, for whoever tries a
// protocol without one.
type fakeScannerCmd struct {
	Protocol string `arg:"" enum:"text,ssi,honeywell,newland,datalogic" help:"What it speaks: ${enum}."`
	Link     string `required:"" placeholder:"PATH" help:"Where its port is to appear."`
}
