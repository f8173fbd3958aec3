package checkout

// memory has the answers to the latest commands that were done, so that a client
// that lost an answer can ask again without doing it twice. What was refused had
// no effect: tried again, it is tried again.
type memory struct {
	answers map[memoryKey]Answer
	order   []memoryKey
}

type memoryKey struct{ client, id string }

// remembered is how many commands back a retry is recognised.
const remembered = 256

func (m *memory) recall(c Command) (Answer, bool) {
	a, ok := m.answers[memoryKey{c.Client, c.ID}]
	return a, ok
}

func (m *memory) keep(c Command, a Answer) {
	if c.ID == "" || !a.OK {
		return
	}
	if m.answers == nil {
		m.answers = map[memoryKey]Answer{}
	}
	k := memoryKey{c.Client, c.ID}
	m.answers[k] = a
	m.order = append(m.order, k)
	if len(m.order) > remembered {
		delete(m.answers, m.order[0])
		m.order = m.order[1:]
	}
}
