package gs1

// formats are the identifiers of the General Specifications, figure 3.2-1, with
// the form of each. "n" in the last place stands for the digit that says where
// the decimal point is.
var formats = map[string]format{
	"00": key(18), "01": key(14), "02": key(14), "03": key(14),
	"10": x(20), "11": n(6), "12": n(6), "13": n(6), "15": n(6), "16": n(6), "17": n(6),
	"20": n(2), "21": x(20), "22": x(20), "235": x(28),
	"240": x(30), "241": x(30), "242": upTo(6), "243": x(20), "250": x(30), "251": x(30),
	"253": join(key(13), opt('X', 17)), "254": x(20), "255": join(key(13), opt('N', 12)),
	"30": upTo(8), "37": upTo(8),

	// Trade and logistic measures, six digits with a decimal point.
	"310n": n(6), "311n": n(6), "312n": n(6), "313n": n(6), "314n": n(6), "315n": n(6), "316n": n(6),
	"320n": n(6), "321n": n(6), "322n": n(6), "323n": n(6), "324n": n(6), "325n": n(6), "326n": n(6), "327n": n(6),
	"328n": n(6), "329n": n(6), "330n": n(6), "331n": n(6), "332n": n(6), "333n": n(6), "334n": n(6), "335n": n(6),
	"336n": n(6), "337n": n(6), "340n": n(6), "341n": n(6), "342n": n(6), "343n": n(6), "344n": n(6), "345n": n(6),
	"346n": n(6), "347n": n(6), "348n": n(6), "349n": n(6), "350n": n(6), "351n": n(6), "352n": n(6), "353n": n(6),
	"354n": n(6), "355n": n(6), "356n": n(6), "357n": n(6), "360n": n(6), "361n": n(6), "362n": n(6), "363n": n(6),
	"364n": n(6), "365n": n(6), "366n": n(6), "367n": n(6), "368n": n(6), "369n": n(6),

	"390n": upTo(15), "391n": join(n(3), upTo(15)), "392n": upTo(15), "393n": join(n(3), upTo(15)),
	"394n": n(4), "395n": n(6),
	"400": x(30), "401": x(30), "402": key(17), "403": x(30),
	"410": key(13), "411": key(13), "412": key(13), "413": key(13), "414": key(13), "415": key(13), "416": key(13),
	"417": key(13),
	"420": x(20), "421": join(n(3), atLeast('X', 1, 9)), "422": n(3), "423": atLeast('N', 3, 15), "424": n(3),
	"425": atLeast('N', 3, 15), "426": n(3), "427": x(3),
	"7001": n(13), "7002": x(30), "7003": n(10), "7004": upTo(4), "7005": x(12), "7006": n(6),
	"7007": atLeast('N', 6, 12), "7008": x(3), "7009": x(10), "7010": x(2), "7020": x(20), "7021": x(20), "7022": x(20),
	"7023": x(30), "7040": atLeast('X', 4, 4),
	"710": x(20), "711": x(20), "712": x(20), "713": x(20), "714": x(20), "715": x(20), "716": x(20),
	"8001": n(14), "8002": x(20), "8003": join(grai, opt('X', 16)), "8004": x(30), "8005": n(6),
	"8006": join(key(14), n(4)), "8007": x(34), "8008": atLeast('N', 8, 12), "8009": x(50), "8010": atLeast('Y', 1, 30),
	"8011": upTo(12), "8012": x(20), "8013": x(25), "8017": key(18), "8018": key(18), "8019": upTo(10), "8020": x(25),
	"8026": join(key(14), n(4)), "8030": atLeast('Z', 1, 90), "8110": x(70), "8111": n(4), "8112": x(70), "8200": x(70),

	// Agreed between partners, or a company's own.
	"90": x(30), "91": x(90), "92": x(90), "93": x(90), "94": x(90), "95": x(90), "96": x(90), "97": x(90), "98": x(90),
	"99": x(90),
}

// grai is the fixed part of a returnable asset's identifier: 0, twelve digits
// and the check digit.
var grai = format{{set: 'N', min: 14, max: 14, checked: true, zero: true}}

func n(length int) format                   { return format{{set: 'N', min: length, max: length}} }
func key(length int) format                 { return format{{set: 'N', min: length, max: length, checked: true}} }
func upTo(most int) format                  { return format{{set: 'N', min: 1, max: most}} }
func x(most int) format                     { return format{{set: 'X', min: 1, max: most}} }
func opt(set byte, most int) format         { return format{{set: set, min: 0, max: most}} }
func atLeast(set byte, min, max int) format { return format{{set: set, min: min, max: max}} }
func join(a, b format) format               { return append(append(format{}, a...), b...) }
