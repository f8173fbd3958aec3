package main

// fakeCmd runs doubles of the programmes, for integrators and for trials.
type fakeCmd struct {
	Maxma  fakeMaxmaCmd  `cmd:"" help:"A double of MAXMA with clients, until Ctrl-C."`
	Amocrm fakeAmocrmCmd `cmd:"" help:"A double of amoCRM with customers, until Ctrl-C."`
}
