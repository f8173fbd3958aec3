package main

import "fmt"

// scanCmd lets the virtual scanner of a running demo scan a code.
type scanCmd struct {
	Code string `arg:"" help:"What the code holds, such as 2900000000018."`
	AIM  string `name:"aim" placeholder:"ID" help:"AIM identifier that the scanner sends before it, such as ]Q1."`
	Data string `placeholder:"DIR" default:"${demodir}" help:"The demo's data folder (${default})."`
}

// scanRequest is the body of a request to scan.
type scanRequest struct {
	Code string `json:"code"`
	AIM  string `json:"aim,omitempty"`
}

func (c scanCmd) Run(e *env) error {
	if c.Code == "" {
		return exitWith(exitUsage, fmt.Errorf("the code is empty"))
	}
	return control(e.ctx, c.Data, "POST", "/demo/scan", scanRequest{c.Code, c.AIM}, nil)
}
