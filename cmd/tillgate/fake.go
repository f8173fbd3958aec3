package main

// fakeCmd runs doubles of programmes and scanners, for integrators and for trials.
type fakeCmd struct {
	Maxma   fakeMaxmaCmd   `cmd:"" help:"A double of MAXMA with clients, until Ctrl-C."`
	Amocrm  fakeAmocrmCmd  `cmd:"" help:"A double of amoCRM with customers, until Ctrl-C."`
	Scanner fakeScannerCmd `cmd:"" help:"A serial scanner made of software, at the level of bytes, until Ctrl-C."`
}
