package server

import "math/rand/v2"

// given are first names with the patronymics of the same sex.
var given = [2]struct{ first, patronymic []string }{
	{
		[]string{"Анна", "Мария", "Елена", "Ольга", "Наталья", "Татьяна", "Ирина", "Светлана", "Екатерина", "Юлия", "Людмила", "Галина", "Валентина", "Дарья", "Ксения", "Вера", "Зоя", "Алёна", "Полина", "Любовь"},
		[]string{"Александровна", "Сергеевна", "Ивановна", "Николаевна", "Владимировна", "Петровна", "Алексеевна", "Михайловна", "Андреевна", "Дмитриевна", "Юрьевна", "Ильинична", "Фёдоровна", "Львовна", "Рашидовна"},
	},
	{
		[]string{"Александр", "Сергей", "Иван", "Николай", "Владимир", "Пётр", "Алексей", "Михаил", "Андрей", "Дмитрий", "Юрий", "Илья", "Фёдор", "Лев", "Тимур", "Ярослав", "Григорий", "Семён", "Артём", "Павел"},
		[]string{"Александрович", "Сергеевич", "Иванович", "Николаевич", "Владимирович", "Петрович", "Алексеевич", "Михайлович", "Андреевич", "Дмитриевич", "Юрьевич", "Ильич", "Фёдорович", "Львович", "Рашидович"},
	},
}

// initials are those that a Russian surname begins with.
var initials = []rune("АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ")

// name makes a name as a cashier may read it aloud: first name, patronymic and
// the initial of the surname.
func name(r *rand.Rand) string {
	g := given[r.IntN(2)]
	return g.first[r.IntN(len(g.first))] + " " + g.patronymic[r.IntN(len(g.patronymic))] + " " + string(initials[r.IntN(len(initials))]) + "."
}
