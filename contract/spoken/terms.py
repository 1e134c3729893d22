"""The abbreviations of commune offices, as tables.

Law of the room: data only. Each expansion is plain words in small letters (names keep theirs), holds no
abbreviation itself, and so stays as it is when read again; a test walks through all of them.
"""

from typing import Final


def _table(text: str) -> dict[str, str]:
    """Return the table of lines `SHORT words …`."""
    rows = (line.split(maxsplit=1) for line in text.strip().splitlines())
    return {short: words.strip() for short, words in rows}


# Tokens wholly in capitals. One that is a syllable too (CA, TU) is a word within a line in capitals.
ACRONYMS: Final = _table("""
UBND ủy ban nhân dân
UB ủy ban
HĐND hội đồng nhân dân
MTTQ mặt trận tổ quốc
UBMTTQ ủy ban mặt trận tổ quốc
UBMTTQVN ủy ban mặt trận tổ quốc Việt Nam
MTTQVN mặt trận tổ quốc Việt Nam
UBTVQH ủy ban thường vụ quốc hội khóa
UBKT ủy ban kiểm tra
UBBC ủy ban bầu cử
QH quốc hội khóa
CP chính phủ
ĐCS đảng cộng sản
ĐCSVN đảng cộng sản Việt Nam
BCH ban chấp hành
BCĐ ban chỉ đạo
BTV ban thường vụ
BTC ban tổ chức
BQL ban quản lý
BGH ban giám hiệu
BCHQS ban chỉ huy quân sự
BCHPCTT ban chỉ huy phòng chống thiên tai
TW trung ương
TƯ trung ương
TU tỉnh ủy
ĐU đảng ủy
ĐH đại hội
ĐHĐB đại hội đại biểu
ĐBQH đại biểu quốc hội
CT chủ tịch
PCT phó chủ tịch
BT bí thư
PBT phó bí thư
GĐ giám đốc
PGĐ phó giám đốc
TM thay mặt
KT ký thay
TUQ thừa ủy quyền
PCTT phòng chống thiên tai
TKCN tìm kiếm cứu nạn
PTDS phòng thủ dân sự
PCCC phòng cháy chữa cháy
CNCH cứu nạn cứu hộ
CHCN cứu hộ cứu nạn
ATNĐ áp thấp nhiệt đới
KTTV khí tượng thủy văn
BĐ báo động
CA công an
CAX công an xã
CAP công an phường
CAT công an tỉnh
CAND công an nhân dân
CSGT cảnh sát giao thông
CSKV cảnh sát khu vực
QĐND quân đội nhân dân
DQTV dân quân tự vệ
NVQS nghĩa vụ quân sự
BĐBP bộ đội biên phòng
ANTT an ninh trật tự
ANQP an ninh quốc phòng
QPAN quốc phòng an ninh
ATGT an toàn giao thông
TTATGT trật tự an toàn giao thông
TNGT tai nạn giao thông
ATTP an toàn thực phẩm
ATVSTP an toàn vệ sinh thực phẩm
VSATTP vệ sinh an toàn thực phẩm
VSMT vệ sinh môi trường
BVMT bảo vệ môi trường
BVTV bảo vệ thực vật
TNMT tài nguyên môi trường
NNMT nông nghiệp và môi trường
NNPTNT nông nghiệp và phát triển nông thôn
PTNT phát triển nông thôn
KHCN khoa học công nghệ
CNTT công nghệ thông tin
TTTT thông tin và truyền thông
BTTTT bộ thông tin và truyền thông
BVHTTDL bộ văn hóa, thể thao và du lịch
VHTTDL văn hóa, thể thao và du lịch
VHTT văn hóa thông tin
VHXH văn hóa xã hội
VHVN văn hóa văn nghệ
TDTT thể dục thể thao
TTCS thông tin cơ sở
NVH nhà văn hóa
TTVH trung tâm văn hóa
TTHC thủ tục hành chính
HCC hành chính công
PVHCC phục vụ hành chính công
DVC dịch vụ công
CCHC cải cách hành chính
CĐS chuyển đổi số
KTXH kinh tế xã hội
XHCN xã hội chủ nghĩa
CHXHCN cộng hòa xã hội chủ nghĩa
NTM nông thôn mới
ĐVHC đơn vị hành chính
LĐTBXH lao động thương binh và xã hội
BTXH bảo trợ xã hội
BYT bộ y tế
BNV bộ nội vụ
BCA bộ công an
BQP bộ quốc phòng
BGDĐT bộ giáo dục và đào tạo
GDĐT giáo dục và đào tạo
GDTX giáo dục thường xuyên
HĐBC hội đồng bầu cử
HND hội nông dân
HLHPN hội liên hiệp phụ nữ
LHPN liên hiệp phụ nữ
HPN hội phụ nữ
CCB cựu chiến binh
NCT người cao tuổi
CTĐ chữ thập đỏ
HCTĐ hội chữ thập đỏ
TNCS thanh niên cộng sản
TNXP thanh niên xung phong
ĐTN đoàn thanh niên
ĐVTN đoàn viên thanh niên
LĐLĐ liên đoàn lao động
CĐ công đoàn
CLB câu lạc bộ
CBCC cán bộ công chức
CBCCVC cán bộ, công chức, viên chức
KDC khu dân cư
TDP tổ dân phố
KP khu phố
TP thành phố
TX thị xã
TT trung tâm
TTYT trung tâm y tế
TYT trạm y tế
BV bệnh viện
BVĐK bệnh viện đa khoa
SXH sốt xuất huyết
TCMR tiêm chủng mở rộng
TCM tay chân miệng
KHHGĐ kế hoạch hóa gia đình
BHYT bảo hiểm y tế
BHXH bảo hiểm xã hội
BHTN bảo hiểm thất nghiệp
CCCD căn cước công dân
CMND chứng minh nhân dân
GPLX giấy phép lái xe
GCN giấy chứng nhận
GCNQSDĐ giấy chứng nhận quyền sử dụng đất
QSDĐ quyền sử dụng đất
SDĐ sử dụng đất
GPMB giải phóng mặt bằng
MST mã số thuế
STK số tài khoản
SĐT số điện thoại
ĐTDĐ điện thoại di động
ĐT điện thoại
ĐC địa chỉ
DĐ di động
TBA trạm biến áp
MBA máy biến áp
ĐL điện lực
CTĐL công ty điện lực
CTCP công ty cổ phần
TNHH trách nhiệm hữu hạn
DN doanh nghiệp
HTX hợp tác xã
THT tổ hợp tác
KCN khu công nghiệp
CCN cụm công nghiệp
CN chủ nhật
HS học sinh
SV sinh viên
GV giáo viên
PHHS phụ huynh học sinh
TH tiểu học
THCS trung học cơ sở
THPT trung học phổ thông
VBPL văn bản pháp luật
NSNN ngân sách nhà nước
QL quốc lộ
HL hương lộ
TL tỉnh lộ
VN Việt Nam
HCM Hồ Chí Minh
TPHCM thành phố Hồ Chí Minh
HN Hà Nội
ĐBSCL đồng bằng sông Cửu Long
VNĐ đồng
VND đồng
USD đô la Mỹ
COVID cô vít
ASEAN a sê an
UNESCO u nét cô
UNICEF u ni xép
AIDS ết
LED lét
WIFI oai phai
EMAIL i meo
ZALO da lô
KH kế hoạch
NQ nghị quyết
NĐ nghị định
QĐ quyết định
CV công văn
TB thông báo
KM ki lô mét
KG ki lô gam
""")

# Several tokens joined by a hyphen or an ampersand that mean something else together.
COMPOUNDS: Final = _table("""
TT-TT thông tin và truyền thông
KT-XH kinh tế xã hội
VH-XH văn hóa xã hội
VH-TT văn hóa thông tin
QP-AN quốc phòng an ninh
AN-QP an ninh quốc phòng
AN-TT an ninh trật tự
GD-ĐT giáo dục và đào tạo
TN-MT tài nguyên và môi trường
NN-MT nông nghiệp và môi trường
NN-PTNT nông nghiệp và phát triển nông thôn
KH-CN khoa học và công nghệ
LĐ-TB-XH lao động, thương binh và xã hội
LĐ-TBXH lao động, thương binh và xã hội
CNTT-VT công nghệ thông tin và viễn thông
TDTT-VHVN thể dục thể thao, văn hóa văn nghệ
VHVN-TDTT văn hóa văn nghệ, thể dục thể thao
PC-TT phòng chống thiên tai
""")

# Written with a full stop, and followed by what they name.
DOTTED: Final = _table("""
TP thành phố
Tp thành phố
tp thành phố
TX thị xã
Tx thị xã
TT thị trấn
Tt thị trấn
P phường
X xã
Q quận
H huyện
T tỉnh
KP khu phố
Kp khu phố
Đ đường
QL quốc lộ
ĐT đường tỉnh
TL thừa lệnh
HL hương lộ
KT ký thay
TM thay mặt
TUQ thừa ủy quyền
CT chủ tịch
PCT phó chủ tịch
GĐ giám đốc
GS giáo sư
PGS phó giáo sư
TS tiến sĩ
ThS thạc sĩ
Ths thạc sĩ
BS bác sĩ
Bs bác sĩ
KS kỹ sư
ĐC địa chỉ
Đc đồng chí
""")

# Written with a slash, as they stand (first letter in either case).
SLASHED: Final = _table("""
đ/c đồng chí
v/v về việc
t/m thay mặt
k/g kính gửi
b/c báo cáo
h/s học sinh
k/t ký thay
""")

# Tokens in mixed or small letters that no engine can say.
MIXED: Final = _table("""
TTg thủ tướng
TTr tờ trình
Cty công ty
cty công ty
ThS thạc sĩ
Ths thạc sĩ
Bs bác sĩ
Tp thành phố
tp thành phố
Tx thị xã
Kp khu phố
VNeID vi en e ai đi
Covid cô vít
covid cô vít
Zalo da lô
zalo da lô
Email i meo
email i meo
Wifi oai phai
wifi oai phai
km ki lô mét
Km ki lô mét
cm xăng ti mét
mm mi li mét
kg ki lô gam
Kg ki lô gam
kW ki lô oát
kWh ki lô oát giờ
kV ki lô vôn
kVA ki lô vôn am pe
MHz mê ga héc
Hz héc
vv vân vân
""")

# What a code means within the number of a document: 12/2025/NĐ-CP, 39/QĐ-UBND.
PAPERS: Final = _table("""
NĐ nghị định
NQ nghị quyết
QĐ quyết định
CT chỉ thị
KH kế hoạch
TB thông báo
TT thông tư
TTr tờ trình
TTLT thông tư liên tịch
GM giấy mời
CV công văn
BC báo cáo
HD hướng dẫn
CĐ công điện
QC quy chế
KL kết luận
TW trung ương
ĐU đảng ủy
TU tỉnh ủy
BTC bộ tài chính
VX văn xã
VP văn phòng
""")

# Roads, by the letters before their number.
ROADS: Final = _table("""
QL quốc lộ
ĐT đường tỉnh
TL tỉnh lộ
ĐH đường huyện
HL hương lộ
ĐX đường xã
""")
