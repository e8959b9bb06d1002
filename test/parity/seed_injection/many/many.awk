BEGIN {
    split("'; DROP TABLE victims; --,$1,?1,:x,{=},%s%n,\\.,\\N,\"\",$$,/*,\\x41,NULL", v, ",")
    print "\"a\"\"b\",c'd,$1,?1,:x,{=},%s%n,e;f,-- g,/* h,select,$$i$$,two words,é🚲,\\,],`,a.b,\" \""
    for (i = 1; i <= 1500; i++) {
        printf "%d,%d", i, i
        for (k = 0; k < 17; k++)
            printf ",\"%s\"", v[(i + k) % 13 + 1]
        printf "\n"
    }
}
