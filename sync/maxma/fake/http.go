package fake

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// no is an error code of MAXMA's.
type no int

// object is a JSON object of an answer.
type object = map[string]any

const maxBody = 1 << 20

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	method := strings.TrimPrefix(r.URL.Path, "/")
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	switch {
	case r.Method != http.MethodPost:
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	case r.Header.Get("X-Processing-Key") != s.o.Key:
		http.Error(w, "wrong processing key", http.StatusUnauthorized) // the status is this double's choice
		return
	case err != nil:
		return
	}
	handle, ok := map[string]func(*Server, []byte) (object, no){
		"get-balance":            (*Server).getBalance,
		"new-client":             (*Server).newClient,
		"update-client":          (*Server).updateClient,
		"send-confirmation-code": (*Server).sendCode,
		"get-settings":           (*Server).getSettings,
		"v2/calculate-purchase":  (*Server).calculatePurchase,
		"set-purchase":           (*Server).setPurchase,
		"confirm-ticket":         (*Server).confirmTicket,
		"discard-ticket":         (*Server).discardTicket,
		"calculate-return":       (*Server).calculateReturn,
		"apply-return":           (*Server).applyReturn,
		"revert-purchase":        (*Server).revertPurchase,
		"get-bonus-history":      (*Server).bonusHistory,
		"get-purchase-history":   (*Server).purchaseHistory,
		"get-gift-card":          (*Server).getGiftCard,
	}[method]
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	s.calls[method]++
	answer, code := handle(s, body)
	s.mu.Unlock()
	if code > 0 {
		answer = object{"errorCode": int(code), "description": describe(code, r.Header.Get("Accept-Language"))}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(answer)
}

// parse reads a request. Members that it does not know are passed over.
func parse(body []byte, to any) no {
	if json.Unmarshal(body, to) != nil {
		return 2
	}
	return 0
}

// texts of the commonest errors, Russian and English.
var texts = map[no][2]string{
	2:  {"Неверный запрос", "Malformed request"},
	3:  {"Клиент не найден", "Client not found"},
	4:  {"Клиент заблокирован", "Client is suspended"},
	6:  {"Недопустимое количество бонусов", "Incorrect bonus amount"},
	11: {"Сумма возврата больше покупки", "Refund is above the purchase"},
	13: {"Покупка для возврата не найдена", "Purchase of the return not found"},
	17: {"Уже обработано", "Already processed"},
	21: {"Покупка не найдена", "Purchase not found"},
	22: {"Покупка отменена", "Purchase was discarded"},
	24: {"Телефон уже занят", "Duplicating phone"},
	25: {"Карта уже занята", "Duplicating card"},
	28: {"Код запрашивается слишком часто", "Code is requested too often"},
	49: {"Временно недоступно", "Temporarily unavailable"},
}

func describe(code no, language string) string {
	t, ok := texts[code]
	if !ok {
		t = [2]string{"Ошибка", "Error"}
	}
	if strings.HasPrefix(language, "en") {
		return t[1]
	}
	return t[0]
}
