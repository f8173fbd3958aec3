package checkout

import (
	"fmt"
	"reflect"
)

// rule turns a situation into a prompt, or has nothing to ask.
type rule func(Situation) (Prompt, bool)

// rules in their order: the first that has something to ask wins. What has been
// promised comes before what might be.
var rules = []rule{
	askUnfinished,
	askOther,
	askCode,
	askWait,
	askDoubt,
	askPay,
	askChoose,
	askRegister,
	askUnknown,
	askAttach,
	askTotal,
	askPIN,
	askDiffers,
	askEntering,
	askSpend,
}

// ask is the prompt of a situation, nil if there is nothing to ask. It has no
// ID yet.
func ask(s Situation) *Prompt {
	for _, r := range rules {
		if p, ok := r(s); ok {
			return &p
		}
	}
	return nil
}

// namer gives prompts their IDs. The IDs of two runs of the daemon differ, so
// that a page that was open all the while can not answer a question of the run
// before.
type namer struct {
	run       string
	questions int
	offers    int
	asked     *Prompt
	about     about
	spent     bool // asked was answered: its ID is used up, even if it is asked on
}

// about is what a question is about. Pointers compare by identity: the same
// card scanned anew after it was put away is another question.
type about struct {
	kind  PromptKind
	who   *Subject
	other *Subject
	deal  *Deal
}

// name gives p the ID of the prompt that is shown if an answer to that one
// means the same, else a new one.
func (n *namer) name(p *Prompt, s Situation) *Prompt {
	if p == nil {
		n.asked, n.about, n.spent = nil, about{}, false
		return nil
	}
	now := about{p.Kind, s.Who, s.Other, s.Deal}
	if n.asked == nil || n.about != now {
		n.questions++
		n.offers = 0
		n.about = now
	} else if n.spent || !sameOffer(n.asked, p) {
		n.offers++
	}
	n.spent = false
	p.Question = fmt.Sprintf("%s-%d", n.run, n.questions)
	p.ID = fmt.Sprintf("%s.%d", p.Question, n.offers)
	n.asked = p
	return p
}

// sameOffer says that an answer to a would be an answer to b: the same
// customer under the same conditions.
func sameOffer(a, b *Prompt) bool {
	return customerName(a) == customerName(b) &&
		reflect.DeepEqual(a.Quote, b.Quote) && reflect.DeepEqual(a.Choices, b.Choices)
}

func customerName(p *Prompt) string {
	if p.Customer == nil {
		return ""
	}
	return p.Customer.Name
}
