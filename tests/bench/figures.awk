# What the tables of tests/bench share.

# 1234567 -> 1,234,567
function commas(x,	s)
{
	s = sprintf("%.0f", x)
	while (s ~ /[0-9][0-9][0-9][0-9]($|,)/)
		s = gensub_comma(s)
	return s
}

function gensub_comma(s,	p)
{
	match(s, /[0-9][0-9][0-9]($|,)/)
	p = RSTART
	return substr(s, 1, p - 1) "," substr(s, p)
}
