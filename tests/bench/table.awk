# Prints the tables of `make bench`. The input has one JSON object per line, see tests/bench/run.
# Variable ns: the duration of an instruction.

function value(name,    at)
{
	if (!match($0, "\"" name "\":(\"[^\"]*\"|[-0-9]+)"))
		return ""
	at = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
	gsub(/"/, "", at)
	return at
}

# In awk, reading a missing element creates it.
function total_of(p, n, what) { return (p "/" n "/" what) in total ? total[p "/" n "/" what] : "" }
function quotient(a, b) { return a != "" && b > 0 ? a / b : "-" }
function shown(x, format) { return x == "-" ? x : sprintf(format, x) }
function ratio(p, n, a, b) { return quotient(total_of(p, n, a), total_of(p, n, b)) }
function per_page(p, n, what) { return shown(quotient(total_of(p, n, what), ns * n), "%.0f") }

# Prints one line with the figures of got[], which has the order of the sizes. If there is a
# maximum, the line tells whether the figures of all sizes in judged[] are within it.
function line(platform, words, format, maximum,    i, text, met)
{
	met = maximum == "" ? "" : "met"
	for (i = 1; i <= sizes; i++) {
		text = text sprintf("  %s: %s", size[i], shown(got[i], format))
		if (met == "" || !(size[i] in judged))
			continue
		if (got[i] == "-")
			met = "NOT MEASURED"
		else if (got[i] + 0 > maximum && met == "met")
			met = "MISSED"
	}
	printf "  %-6s %-38s%s  %s\n", platform, words, text, met
}

# Prints the ratio of two rows, in one line for each platform that can have both.
function ratios(a, b, words, format, maximum,    i, j)
{
	for (i = 1; i <= platforms; i++) {
		if (platform[i] == "pv" && (a ~ /old-[pc]/ || b ~ /old-[pc]/))
			continue
		for (j = 1; j <= sizes; j++)
			got[j] = ratio(platform[i], size[j], a, b)
		line(platform[i], words, format, maximum)
	}
}

function judge(sizes_judged,    list, i, n)
{
	split("", judged)
	n = split(sizes_judged, list)
	for (i = 1; i <= n; i++)
		judged[list[i]]
}

BEGIN {
	# The rows in the order of output.
	rows = split("ours/contiguous ours/scattered mainline/old-plain mainline/old-coherent " \
		"ours/gntdev-map mainline/gntdev-map ours/floor ours/revoke", row)
	name["ours/contiguous"] = "ours, contiguous"
	name["ours/scattered"] = "ours, scattered"
	name["mainline/old-plain"] = "mainline plain"
	name["mainline/old-coherent"] = "mainline COHERENT"
	name["ours/gntdev-map"] = "gntdev map"
	name["mainline/gntdev-map"] = "mainline gntdev map"
	name["ours/floor"] = "floor"
	name["ours/revoke"] = "ours, revoked"
}

value("bench") == "export" {
	p = value("platform")
	n = value("pages")
	if (!(p in seen_platform)) {
		seen_platform[p]
		platform[++platforms] = p
	}
	if (!(n in seen_size)) {
		seen_size[n]
		size[++sizes] = n
		if (n > 1)
			large = large " " n
	}
	key = p "/" n "/" value("kernel") "/" value("variant")
	total[key] = value("ns")
	release[key] = value("release_ns")
	spread[key] = 100 * (value("ns_max") - value("ns_min")) / value("ns")
	ram[key] = value("ram_pages")
	lists[key] = value("kernel_pages")
	first[key] = value("first_use_pages")
}

value("bench") == "import" {
	total[value("platform") "/" value("pages") "/" value("kernel") "/" value("variant")] = value("ns")
}

# The other direction.
function print_imports(    i, j, p, n)
{
	print ""
	print "Instructions per page to share a dma-buf of Dom0 and to end that, up to the moment when"
	print "the memory can be freed. (IMPORT, REVOKE and WAIT; old: IMP_TO_REFS and IMP_RELEASE)"
	print ""
	printf "%-8s %6s %10s %10s %10s %10s\n", "platform", "pages", "ours", "ours, old", "mainline",
		"ours / ml."
	for (i = 1; i <= platforms; i++)
		for (j = 1; j <= sizes; j++) {
			p = platform[i]
			n = size[j]
			printf "%-8s %6d %10s %10s %10s %10s\n", p, n,
				per_page(p, n, "ours/import"), per_page(p, n, "ours/old-import"),
				per_page(p, n, "mainline/old-import"),
				shown(ratio(p, n, "ours/import", "mainline/old-import"), "%.3f")
		}
	print "Aim at all sizes but one page"
	judge(large)
	ratios("ours/import", "mainline/old-import", "import <= 0.7 x mainline", "%.3f", 0.7)
}

END {
	print "Instructions per page to get access to a guest's pages in Dom0 and to release"
	print "them, until the guest may reuse them"
	print ""
	printf "%-8s %6s %8s %8s %9s %9s %8s %9s %8s %9s %9s %9s\n", "", "", "ours,", "ours,",
		"mainline", "mainline", "gntdev", "mainline", "", "contig. /", "contig. /",
		"contig. /"
	printf "%-8s %6s %8s %8s %9s %9s %8s %9s %8s %9s %9s %9s\n", "platform", "pages", "contig.",
		"scatt.", "plain", "COHERENT", "map", "map", "floor", "mainline", "its map", "floor"
	for (i = 1; i <= platforms; i++)
		for (j = 1; j <= sizes; j++) {
			p = platform[i]
			n = size[j]
			printf "%-8s %6d %8s %8s %9s %9s %8s %9s %8s %9s %9s %9s\n", p, n,
				per_page(p, n, row[1]), per_page(p, n, row[2]),
				per_page(p, n, row[3]), per_page(p, n, row[4]),
				per_page(p, n, row[5]), per_page(p, n, row[6]),
				per_page(p, n, row[7]),
				shown(ratio(p, n, row[1], row[3]), "%.3f"),
				shown(ratio(p, n, row[1], row[6]), "%.3f"),
				shown(ratio(p, n, row[1], row[7]), "%.3f")
		}
	print ""
	print "gntdev map: MAP_GRANT_REF and mmap, munmap and UNMAP_GRANT_REF, on our kernel and on"
	print "mainline."
	print "floor: only the map and unmap hypercalls, in the batches of our export, on our"
	print "kernel. Mainline on pvh has the first two patches of our series: without them every"
	print "export fails. On pv mainline has no export. On pvh and pv, the figures of two boots"
	print "can differ by up to 5 %: Xen walks page tables for the arguments of a hypercall, and"
	print "their location varies."
	print ""
	printf "%-8s %-20s %6s %12s %7s %6s %6s %6s\n", "", "", "", "counted", "spread", "pages",
		"of it", "first"
	printf "%-8s %-20s %6s %12s %7s %6s %6s %6s\n", "platform", "variant", "pages", "ns", "%",
		"of RAM", "lists", "use"
	for (i = 1; i <= platforms; i++)
		for (j = 1; j <= sizes; j++)
			for (k = 1; k <= rows; k++) {
				key = platform[i] "/" size[j] "/" row[k]
				if (!(key in total))
					continue
				printf "%-8s %-20s %6d %12d %7.2f %6d %6d %6d\n",
					platform[i], name[row[k]], size[j], total[key],
					spread[key], ram[key], lists[key], first[key]
			}
	print ""
	print "pages of RAM: pages in use while the buffer exists. of it lists: the part of them in"
	print "the kernel's data structures (slab, vmalloc); the rest backs the frames. first use:"
	print "pages that the first repetition does not return, such as struct pages."
	print ""
	print "Aims at 2025 pages, and other ratios for comparison"
	judge("2025")
	ratios("ours/contiguous", "mainline/old-plain", "contiguous <= 0.7 x mainline plain", "%.3f", 0.7)
	ratios("ours/floor", "mainline/old-plain", "the floor, of mainline plain", "%.3f", "")
	ratios("ours/contiguous", "mainline/old-coherent", "contiguous, of mainline COHERENT", "%.3f", "")
	ratios("ours/contiguous", "mainline/gntdev-map", "contiguous, of mainline gntdev map", "%.3f", "")
	ratios("ours/contiguous", "ours/floor", "contiguous <= 1.25 x floor", "%.3f", 1.25)
	ratios("ours/scattered", "ours/floor", "scattered <= 1.25 x floor", "%.3f", 1.25)
	print "Aims at all sizes but one page"
	judge(large)
	ratios("ours/contiguous", "ours/scattered", "contiguous <= 1.05 x scattered", "%.3f", 1.05)
	for (i = 1; i <= platforms; i++) {
		for (j = 1; j <= sizes; j++) {
			key = platform[i] "/" size[j] "/ours/contiguous"
			got[j] = key in ram ? ram[key] - lists[key] : "-"
		}
		line(platform[i], "contiguous: RAM behind frames, pages = 0", "%d", 0)
	}
	print "Aim at 8100 pages: from REVOKE to the end of WAIT, all pages mapped by a process"
	print "(200 million instructions: 100 ms at 2 instructions in a nanosecond)"
	judge("8100")
	for (i = 1; i <= platforms; i++) {
		for (j = 1; j <= sizes; j++) {
			key = platform[i] "/" size[j] "/ours/revoke"
			got[j] = key in release ? release[key] / ns / 1000000 : "-"
		}
		line(platform[i], "REVOKE and WAIT <= 200 million instructions", "%.2f", 200)
	}
	print_imports()
}
