package main

// fakeCmd runs doubles of the programmes, for integrators and for trials.
type fakeCmd struct {
	Amocrm fakeAmocrmCmd `cmd:"" help:"A double of amoCRM with customers, until Ctrl-C."`
}
