/* SPDX-License-Identifier: MIT
 *
 * Whole programs in the manner of the published trainers' kernels: compact, no blanks around `=`.
 */
#ifndef ANEPROBE_TEST_MIL_TEXTS_H
#define ANEPROBE_TEST_MIL_TEXTS_H

#define BARE_HEADER                                                                                \
    "program(1.3)\n[buildInfo = dict<string, string>({{\"coremlc-component-MIL\", "                \
    "\"3510.2.1\"}, {\"coremlc-version\", \"3505.4.1\"}, "                                         \
    "{\"coremltools-component-milinternal\", \"\"}, {\"coremltools-version\", \"9.0\"}})]\n{\n"

#define CONV_CONSTS                                                                                \
    "string pt = const()[name=string(\"pt\"), val=string(\"valid\")];\n"                           \
    "tensor<int32, [2]> st = const()[name=string(\"st\"), val=tensor<int32, [2]>([1,1])];\n"       \
    "tensor<int32, [4]> pd = const()[name=string(\"pd\"), val=tensor<int32, [4]>([0,0,0,0])];\n"   \
    "tensor<int32, [2]> dl = const()[name=string(\"dl\"), val=tensor<int32, [2]>([1,1])];\n"       \
    "int32 gr = const()[name=string(\"gr\"), val=int32(1)];\n"

#define CONV(weight, x, result, type)                                                              \
    type " " result " = conv(dilations=dl,groups=gr,pad=pd,pad_type=pt,strides=st,weight=" weight  \
         ",x=" x ")[name=string(\"" result "\")];\n"

#define WEIGHT(name, out, in)                                                                      \
    "tensor<fp16, [" out "," in ",1,1]> " name " = const()[name=string(\"" name                    \
    "\"), val=tensor<fp16, [" out "," in ",1,1]>(BLOBFILE(path=string(\"@model_path/weights/" name \
    ".bin\"), offset=uint64(64)))];\n"

/* fp32 in, two convs, fp32 out: the peak benchmarks. */
static const char conv_stack_text[] = BARE_HEADER
    "func main<ios18>(tensor<fp32, [1, 64, 1, 64]> x) {\n" CONV_CONSTS
    "string to16 = const()[name=string(\"to16\"), val=string(\"fp16\")];\n"
    "tensor<fp16, [1,64,1,64]> x16 = cast(dtype=to16,x=x)[name=string(\"cin\")];\n" WEIGHT(
        "W0", "64", "64") CONV("W0", "x16", "c0", "tensor<fp16, [1,64,1,64]>")
        WEIGHT("W1", "64", "64") CONV("W1", "c0", "c1",
            "tensor<fp16, [1,64,1,64]>") "string to32 = const()[name=string(\"to32\"), "
                                         "val=string(\"fp32\")];\n"
                                         "tensor<fp32, [1,64,1,64]> y = "
                                         "cast(dtype=to32,x=c1)[name=string(\"cout\")];\n"
                                         "} -> (y);\n}\n";

/* RMSNorm: x * (sum x^2 / n + eps)^-0.5 * w. */
#define RMSNORM                                                                                    \
    "tensor<fp16, [1,64,1,32]> sq = mul(x=x,y=x)[name=string(\"sq\")];\n"                          \
    "tensor<int32, [1]> rax = const()[name=string(\"rax\"), val=tensor<int32, [1]>([1])];\n"       \
    "bool kd = const()[name=string(\"kd\"), val=bool(true)];\n"                                    \
    "tensor<fp16, [1,1,1,32]> ss = reduce_sum(x=sq,axes=rax,keep_dims=kd)[name=string(\"ss\")];\n" \
    "fp16 invd = const()[name=string(\"invd\"), val=fp16(0.015625)];\n"                            \
    "tensor<fp16, [1,1,1,32]> ss2 = mul(x=ss,y=invd)[name=string(\"ss2\")];\n"                     \
    "fp16 eps = const()[name=string(\"eps\"), val=fp16(0.00001)];\n"                               \
    "tensor<fp16, [1,1,1,32]> ss3 = add(x=ss2,y=eps)[name=string(\"ss3\")];\n"                     \
    "fp16 nhalf = const()[name=string(\"nhalf\"), val=fp16(-0.5)];\n"                              \
    "tensor<fp16, [1,1,1,32]> rrms = pow(x=ss3,y=nhalf)[name=string(\"rrms\")];\n"                 \
    "tensor<fp16, [1,64,1,32]> xr = mul(x=x,y=rrms)[name=string(\"xr\")];\n"                       \
    "tensor<fp16, [1,64,1,1]> rw = const()[name=string(\"rw\"), val=tensor<fp16, "                 \
    "[1,64,1,1]>(BLOBFILE(path=string(\"@model_path/weights/rms1.bin\"), "                         \
    "offset=uint64(64)))];\n"                                                                      \
    "tensor<fp16, [1,64,1,32]> xn = mul(x=xr,y=rw)[name=string(\"xn\")];\n"

/* fwdAttn: norm, q k v, two heads of 32, scores with a mask, output projection, all kept. */
static const char attention_text[] =
    BARE_HEADER "func main<ios18>(tensor<fp16, [1, 64, 1, 32]> x) {\n" RMSNORM CONV_CONSTS WEIGHT(
        "Wq", "64", "64") WEIGHT("Wk", "64", "64") WEIGHT("Wv", "64", "64") WEIGHT("Wo", "64",
        "64") CONV("Wq", "xn", "qf", "tensor<fp16, [1,64,1,32]>") CONV("Wk", "xn", "kf",
        "tensor<fp16, [1,64,1,32]>") CONV("Wv", "xn", "vf",
        "tensor<fp16, [1,64,1,32]>") "tensor<int32, [4]> qsh = const()[name=string(\"qsh\"), "
                                     "val=tensor<int32, "
                                     "[4]>([1,2,32,32])];\n"
                                     "tensor<int32, [4]> pm = const()[name=string(\"pm\"), "
                                     "val=tensor<int32, [4]>([0,1,3,2])];\n"
                                     "tensor<fp16, [1,2,32,32]> q4 = "
                                     "reshape(shape=qsh,x=qf)[name=string(\"rq\")];\n"
                                     "tensor<fp16, [1,2,32,32]> q = "
                                     "transpose(perm=pm,x=q4)[name=string(\"tq\")];\n"
                                     "tensor<fp16, [1,2,32,32]> k4 = "
                                     "reshape(shape=qsh,x=kf)[name=string(\"rk\")];\n"
                                     "tensor<fp16, [1,2,32,32]> k = "
                                     "transpose(perm=pm,x=k4)[name=string(\"tk\")];\n"
                                     "tensor<fp16, [1,2,32,32]> v4 = "
                                     "reshape(shape=qsh,x=vf)[name=string(\"rv\")];\n"
                                     "tensor<fp16, [1,2,32,32]> v = "
                                     "transpose(perm=pm,x=v4)[name=string(\"tv\")];\n"
                                     "bool tx = const()[name=string(\"tx\"), val=bool(false)];\n"
                                     "bool ty = const()[name=string(\"ty\"), val=bool(true)];\n"
                                     "tensor<fp16, [1,2,32,32]> sc1 = "
                                     "matmul(transpose_x=tx,transpose_y=ty,x=q,y=k)[name=string("
                                     "\"mm1\")];\n"
                                     "fp16 scv = const()[name=string(\"scv\"), "
                                     "val=fp16(0x1.6ap-3)];\n"
                                     "tensor<fp16, [1,2,32,32]> sc2 = "
                                     "mul(x=sc1,y=scv)[name=string(\"scl\")];\n"
                                     "tensor<fp16, [1,1,32,32]> cm = const()[name=string(\"cm\"), "
                                     "val=tensor<fp16, "
                                     "[1,1,32,32]>(BLOBFILE(path=string(\"@model_path/weights/"
                                     "mask.bin\"), "
                                     "offset=uint64(64)))];\n"
                                     "tensor<fp16, [1,2,32,32]> ms = "
                                     "add(x=sc2,y=cm)[name=string(\"msk\")];\n"
                                     "int32 sax = const()[name=string(\"sax\"), val=int32(-1)];\n"
                                     "tensor<fp16, [1,2,32,32]> aw = "
                                     "softmax(axis=sax,x=ms)[name=string(\"sm\")];\n"
                                     "tensor<fp16, [1,2,32,32]> a4 = "
                                     "matmul(transpose_x=tx,transpose_y=tx,x=aw,y=v)[name=string("
                                     "\"mm2\")];\n"
                                     "tensor<fp16, [1,2,32,32]> at = "
                                     "transpose(perm=pm,x=a4)[name=string(\"ta\")];\n"
                                     "tensor<int32, [4]> os = const()[name=string(\"os\"), "
                                     "val=tensor<int32, [4]>([1,64,1,32])];\n"
                                     "tensor<fp16, [1,64,1,32]> af = "
                                     "reshape(shape=os,x=at)[name=string(\"ra\")];\n" CONV("Wo",
                                         "af", "oo",
                                         "tensor<fp16, [1,64,1,32]>") "int32 cax = "
                                                                      "const()[name=string(\"cax\")"
                                                                      ", val=int32(1)];\n"
                                                                      "bool cid = "
                                                                      "const()[name=string(\"cid\")"
                                                                      ", val=bool(false)];\n"
                                                                      "tensor<fp16, [1,384,1,32]> "
                                                                      "out = "
                                                                      "concat(axis=cax,interleave="
                                                                      "cid,values=(oo,qf,kf,vf,af,"
                                                                      "xn))[name=string(\"cat\")];"
                                                                      "\n"
                                                                      "} -> (out);\n}\n";

/* ffnBwd: d = W2^T dffn; dh1 = d*h3*s*(1+h1*(1-s)); dh3 = d*h1*s; dx = W1^T dh1 + W3^T dh3. */
static const char ffn_backward_text[] = BARE_HEADER
    "func main<ios18>(tensor<fp16, [1, 192, 1, 32]> x) {\n" CONV_CONSTS
    "tensor<int32, [4]> bd = const()[name=string(\"bd\"), val=tensor<int32, [4]>([0,0,0,0])];\n"
    "tensor<int32, [4]> sd = const()[name=string(\"sd\"), val=tensor<int32, [4]>([1,32,1,32])];\n"
    "tensor<fp16, [1,32,1,32]> dffn = slice_by_size(x=x,begin=bd,size=sd)[name=string(\"s0\")];\n"
    "tensor<int32, [4]> b1 = const()[name=string(\"b1\"), val=tensor<int32, [4]>([0,32,0,0])];\n"
    "tensor<int32, [4]> s1 = const()[name=string(\"s1\"), val=tensor<int32, [4]>([1,80,1,32])];\n"
    "tensor<fp16, [1,80,1,32]> h1 = slice_by_size(x=x,begin=b1,size=s1)[name=string(\"sl1\")];\n"
    "tensor<int32, [4]> b3 = const()[name=string(\"b3\"), val=tensor<int32, [4]>([0,112,0,0])];\n"
    "tensor<fp16, [1,80,1,32]> h3 = "
    "slice_by_size(x=x,begin=b3,size=s1)[name=string(\"sl3\")];\n" WEIGHT("W2t", "80", "32") CONV(
        "W2t", "dffn", "dsilu",
        "tensor<fp16, [1,80,1,32]>") "tensor<fp16, [1,80,1,32]> sig = "
                                     "sigmoid(x=h1)[name=string(\"sg\")];\n"
                                     "fp16 one = const()[name=string(\"one\"), val=fp16(1.0)];\n"
                                     "tensor<fp16, [1,80,1,32]> oms = "
                                     "sub(x=one,y=sig)[name=string(\"oms\")];\n"
                                     "tensor<fp16, [1,80,1,32]> homs = "
                                     "mul(x=h1,y=oms)[name=string(\"homs\")];\n"
                                     "tensor<fp16, [1,80,1,32]> brk = "
                                     "add(x=one,y=homs)[name=string(\"brk\")];\n"
                                     "tensor<fp16, [1,80,1,32]> dsd = "
                                     "mul(x=sig,y=brk)[name=string(\"dsd\")];\n"
                                     "tensor<fp16, [1,80,1,32]> t1 = "
                                     "mul(x=dsilu,y=h3)[name=string(\"t1\")];\n"
                                     "tensor<fp16, [1,80,1,32]> dh1 = "
                                     "mul(x=t1,y=dsd)[name=string(\"dh1\")];\n"
                                     "tensor<fp16, [1,80,1,32]> slh = "
                                     "mul(x=h1,y=sig)[name=string(\"slh\")];\n"
                                     "tensor<fp16, [1,80,1,32]> dh3 = "
                                     "mul(x=dsilu,y=slh)[name=string(\"dh3\")];\n" WEIGHT(
                                         "W1t", "32", "80") CONV("W1t", "dh1", "dx1",
                                         "tensor<fp16, [1,32,1,32]>") WEIGHT("W3t", "32",
                                         "80") CONV("W3t", "dh3", "dx3",
                                         "tensor<fp16, [1,32,1,32]>") "tensor<fp16, [1,32,1,32]> "
                                                                      "dx = "
                                                                      "add(x=dx1,y=dx3)[name="
                                                                      "string(\"adx\")];\n"
                                                                      "int32 cax = "
                                                                      "const()[name=string(\"cax\")"
                                                                      ", val=int32(1)];\n"
                                                                      "bool cid = "
                                                                      "const()[name=string(\"cid\")"
                                                                      ", val=bool(false)];\n"
                                                                      "tensor<fp16, [1,192,1,32]> "
                                                                      "out = "
                                                                      "concat(axis=cax,interleave="
                                                                      "cid,values=(dx,dh1,dh3))["
                                                                      "name=string(\"cat\")];\n"
                                                                      "} -> (out);\n}\n";

/* The older header: every scalar a tensor<T, []>; loose blanks. */
static const char tensor_form_text[] =
    "program(1.0)\n[buildInfo = dict<tensor<string, []>, tensor<string, []>>"
    "({{\"coremlc-component-MIL\", \"5.33.5\"}})]\n{\n"
    "  func main<ios16>(tensor<fp32, [1, 32, 1, 64]> x, tensor<fp32, [1, 32, 1, 64]> y) {\n"
    "    tensor<string, []> to = const()[name = tensor<string, []>(\"to\"), val = "
    "tensor<string, []>(\"fp16\")];\n"
    "    tensor<fp16, [1, 32, 1, 64]> h = cast ( dtype = to , x = x )\n"
    "      [ name = tensor<string, []>(\"h\") ] ;\n"
    "    tensor<fp16, []> c = const()[val = tensor<fp16, []>(0x1p-3), name = "
    "tensor<string, []>(\"c\")];\n"
    "    tensor<fp16, [2]> w = const()[name = tensor<string, []>(\"w\"), val = tensor<fp16, "
    "[2]>(BLOBFILE(path = tensor<string, []>(\"@model_path/weights/w.bin\"), offset = "
    "tensor<uint64, []>(128)))];\n"
    "    tensor<fp16, [1, 32, 1, 64]> m = mul(x = h, y = c)[name = tensor<string, []>(\"m\")];\n"
    "  } -> (m, h, y);\n}\n";

/* Several functions, several outputs; names may come again in another function. */
static const char functions_text[] =
    "program(1.3){func one<ios18>(tensor<fp16,[1,64,1,64]> a,tensor<fp16,[1,64,1,64]> b){"
    "tensor<fp16,[1,64,1,64]> c=add(x=a,y=b)[name=string(\"c\")];"
    "tensor<fp16,[1,64,1,64]> d=relu(x=c)[name=string(\"d\")];}->(c,d,a);"
    "func two<ios17>(tensor<fp16,[1,64,1,64]> a){"
    "tensor<fp16,[1,64,1,64]> c=tanh(x=a)[name=string(\"c\")];}->(c);}";

/* int8 weights made fp16 when the program is compiled, activations through int8. */
static const char int8_text[] = BARE_HEADER
    "func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {\n" CONV_CONSTS
    "tensor<fp16, [64,64,1,1]> W = constexpr_affine_dequantize()[axis=int32(0), "
    "name=string(\"W\"), quantized_data=tensor<int8, "
    "[64,64,1,1]>(BLOBFILE(path=string(\"@model_path/weights/weight.bin\"), "
    "offset=uint64(64))), scale=fp16(0x1p-7), zero_point=int8(0)];\n" CONV("W", "x", "c",
        "tensor<fp16, [1,64,1,64]>") "fp16 qs = const()[name=string(\"qs\"), val=fp16(0x1p-3)];\n"
                                     "string qt = const()[name=string(\"qt\"), "
                                     "val=string(\"int8\")];\n"
                                     "tensor<int8, [1,64,1,64]> q = "
                                     "quantize(input=c,output_dtype=qt,scale=qs)"
                                     "[name=string(\"q\")];\n"
                                     "tensor<fp16, [1,64,1,64]> y = "
                                     "dequantize(input=q,scale=qs)[name=string(\"y\")];\n"
                                     "} -> (y);\n}\n";

#endif
