package keyboard

// layouts are the country settings of scanners: the level without modifiers,
// with Shift, with AltGr, with AltGr and Shift. Dead keys are written as the
// combining mark that they make: \u0300 grave, \u0301 acute, \u0302 circumflex,
// \u0303 tilde, \u0308 diaeresis.
var layouts = map[string][][4]string{
	"us": {
		{"`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"},
		{"~!@#$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:\"~", "|ZXCVBNM<>?"},
	},
	"gb": {
		{"`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"},
		{"¬!\"£$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"},
		{"¦   €", "", "", ""},
	},
	"de": {
		{"\u03021234567890ß\u0301", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"},
		{"°!\"§$%&/()=?\u0300", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"},
		{"  ²³   {[]}\\ ", "@ €        ~", "            ", "|      µ"},
	},
	"fr": {
		{"²&é\"'(-è_çà)=", "azertyuiop\u0302$", "qsdfghjklmù*", "<wxcvbn,;:!"},
		{" 1234567890°+", "AZERTYUIOP\u0308£", "QSDFGHJKLM%µ", ">WXCVBN?./§"},
		{"  \u0303#{[|\u0300\\^@]}", "  €        ¤", "", ""},
	},
	"es": {
		{"º1234567890'¡", "qwertyuiop\u0300+", "asdfghjklñ\u0301ç", "<zxcvbnm,.-"},
		{"ª!\"·$%&/()=?¿", "QWERTYUIOP\u0302*", "ASDFGHJKLÑ\u0308Ç", ">ZXCVBNM;:_"},
		{"\\|@#~€¬      ", "  €       []", "          {}", ""},
	},
	"it": {
		{"\\1234567890'ì", "qwertyuiopè+", "asdfghjklòàù", "<zxcvbnm,.-"},
		{"|!\"£$%&/()=?^", "QWERTYUIOPé*", "ASDFGHJKLç°§", ">ZXCVBNM;:_"},
		{"             ", "  €       []", "         @# ", ""},
		{"             ", "          {}", "", ""},
	},
	"ru": {
		{"ё1234567890-=", "йцукенгшщзхъ", "фывапролджэ\\", " ячсмитьбю."},
		{"Ё!\"№;%:?*()_+", "ЙЦУКЕНГШЩЗХЪ", "ФЫВАПРОЛДЖЭ/", " ЯЧСМИТЬБЮ,"},
	},
}

// spacing are the characters that a dead key makes when space follows it.
var spacing = map[rune]rune{'\u0300': '`', '\u0301': '´', '\u0302': '^', '\u0303': '~', '\u0308': '¨'}
