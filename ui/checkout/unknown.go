package checkout

// askUnknown: nobody has this card, as far as anybody who could be asked knows.
func askUnknown(s Situation) (Prompt, bool) {
	if s.Who == nil || s.Who.Customer != nil || len(s.Who.Rivals) > 0 || s.Deal != nil {
		return Prompt{}, false
	}
	said := s.Said
	switch {
	case said != nil:
	case s.Who.Gone:
		said = text(SaidNobody)
	case !s.Online || s.Who.Unreached && !s.Who.Asking:
		said = text(SaidNotInCopy)
	case s.Who.Asking:
		said = text(SaidSearching)
	}
	p := Prompt{
		Kind: AskUnknown, Scan: s.Who.Scan, Again: s.Who.Again, Card: s.Who.masked(), Text: said,
		Choices: []Choice{{ID: ByPhone, Input: InputPhone, Primary: true}},
	}
	if s.Registers && s.Who.newPhone() != "" {
		p.Choices = append(p.Choices, Choice{ID: Register})
	}
	if s.Registers && s.Drafts && s.Who.typedPhone() != "" {
		p.Choices = append(p.Choices, Choice{ID: ToDraft})
	}
	if s.Who.Before != nil {
		p.Choices = append(p.Choices, Choice{ID: KeepBefore, Customer: s.Who.Before.name()})
	}
	p.Choices = append(p.Choices, Choice{ID: Without})
	return p, true
}
