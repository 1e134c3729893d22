"""English for people, one's own account, the area tree and the audit log."""

WORDS: dict[str, str] = {
    "Ai": "Who",
    "Ai làm gì ở địa bàn của bạn.": "Who does what in your areas.",
    "Ai đã làm gì ở địa bàn của bạn, trước và sau.": (
        "Who did what in your areas, before and after."
    ),
    "Bạn nhận một mật khẩu dùng một lần để đưa cho người này; lần đầu vào họ phải đổi.": (
        "You get a one-time password to hand over; it must be changed at the first sign-in."
    ),
    "Bảng này không đổi gì.": "This table changes nothing.",
    "Bảng đúng: thêm {a}, đổi {b}, như cũ {c}": (
        "The table is good: {a} new, {b} changed, {c} as they are"
    ),
    "Bật xác thực hai lớp": "Turn on two-step sign-in",
    "Bỏ bớt điều kiện tìm, hoặc mời người mới.": "Drop a filter, or invite somebody.",
    "Chia tách": "Split",
    "Chia tách {name}": "Split {name}",
    "Chép các mã": "Copy the codes",
    "Chúng vẫn phát lịch cũ; giao lại từng cụm để sang địa bàn mới.": (
        "They still play the old programme; reassign each to bring it to the new area."
    ),
    "Chưa có thay đổi nào.": "No changes yet.",
    "Chưa có địa bàn con.": "No areas below yet.",
    "Chưa giữ quyền nào ở địa bàn của bạn.": "Holds no role in your areas.",
    "Chưa nhập gì.": "Nothing was imported.",
    "Chưa thấy dòng nào trong đoạn này.": "No lines in this stretch yet.",
    "Chỉ hiện một lần": "Shown once",
    "Chỉ địa bàn và số giấy thay đổi. Khóa ký không rời khỏi máy của bạn.": (
        "Only the area and the paper's number change. The key does not leave your machine."
    ),
    "Chữ thường không dấu, số, dấu chấm: lan.nguyen": (
        "Small letters without marks, digits, dots: lan.nguyen"
    ),
    "Cài một ứng dụng xác thực: Google Authenticator, Microsoft Authenticator, FreeOTP…": (
        "Install an authenticator: Google Authenticator, Microsoft Authenticator, FreeOTP…"
    ),
    "Các cụm": "The clusters",
    "Các cụm tiếp theo": "The next clusters",
    "Các địa bàn tiếp theo": "The next areas",
    "Cây địa bàn": "Area tree",
    "Còn cụm loa mang địa bàn cũ.": "Some clusters still carry an old area.",
    "Còn {n} mã khôi phục chưa dùng.": "{n} recovery codes left.",
    "Cùng với (để trống nếu chỉ một địa bàn)": "Together with (leave empty for one area)",
    "Căn cứ": "Legal basis",
    "Cấp mật khẩu mới": "Give a new password",
    "Cấp quyền": "Give the role",
    "Cấp thêm vai trò": "Give another role",
    "Cụm loa cần giao lại": "Clusters to reassign",
    "Cụm loa vẫn phát lịch đang có, và nhận thêm lịch của địa bàn mới, cho tới khi được giao "
    "lại.": (
        "Clusters go on with their programme, and also get that of the new area, until they "
        "are reassigned."
    ),
    "Danh sách": "List",
    "Dùng lần cuối": "Last used",
    "Giao về": "Goes to",
    "Giao {name} về": "Assign {name} to",
    "Giấy đầu tiên hiện ở trên; các giấy sau được trình duyệt kiểm đúng máy, đúng địa bàn "
    "trước khi ký.": (
        "The first paper is shown above; of the others the browser checks machine and area "
        "before it signs."
    ),
    "Gỡ xác thực hai lớp (mất điện thoại)": "Remove two-step sign-in (lost phone)",
    "Hai lần nhập mật khẩu mới không giống nhau.": "The two new passwords differ.",
    "Hiện cả đã đóng": "Show closed ones too",
    "Hiệu lực từ ngày": "In force from",
    "Họ tên": "Full name",
    "Hồ sơ": "Profile",
    "Khung giờ giữ nguyên": "Slots kept as they are",
    "Khóa tài khoản": "Lock the account",
    "Không còn cụm loa nào.": "No clusters left.",
    "Không có ai khớp.": "Nobody fits.",
    "Không có địa bàn nào khớp.": "No area fits.",
    "Không quét được?": "Cannot scan it?",
    "Không rõ trình duyệt": "Unknown browser",
    "Ký giao lại": "Sign the reassignment",
    "Ký giao lại cả {n} cụm trên trang này": "Sign the reassignment of all {n} on this page",
    "Ký giao lại {name}": "Sign the reassignment of {name}",
    "Ký giao lại {n} cụm loa": "Sign the reassignment of {n} clusters",
    "Ký tất cả": "Sign all",
    "Ký và giao lại": "Sign and reassign",
    "Làm đúng như trên": "Do exactly this",
    "Lưu hồ sơ": "Save the profile",
    "Lượt phát, báo cáo, nhật ký của địa bàn cũ còn nguyên và tính vào địa bàn mới.": (
        "Plays, reports and logs of the old area stay and count for the new one."
    ),
    "Lịch sử": "History",
    "Mã hành chính": "Official code",
    "Mã hành chính phần {n}": "Official code of part {n}",
    "Mã khôi phục của bạn": "Your recovery codes",
    "Mã không đúng hoặc đã dùng rồi; hãy đợi mã mới trên điện thoại.": (
        "The code is wrong or was used already; wait for the next one on the phone."
    ),
    "Mã ngắn": "Short code",
    "Mã ngắn không dấu, không đổi về sau: {path}/…": (
        "A short code without marks that never changes: {path}/…"
    ),
    "Mã ngắn phần {n}": "Short code of part {n}",
    "Mã sáu số": "Six digits",
    "Mã sáu số hoặc mã khôi phục": "Six digits or a recovery code",
    "Mã xác thực": "Sign-in code",
    "Mã đơn vị hành chính": "Official unit code",
    "Mã đường dẫn": "Path",
    "Mã đường dẫn mới": "New path",
    "Mã địa bàn cũ không dùng lại được. Thông báo khẩn cho địa bàn mới chưa tới cụm loa mang "
    "mã cũ: khi phát, hãy chọn cả địa bàn cũ.": (
        "An old path is never used again. A warning for the new area does not reach clusters "
        "that carry the old one: choose the old area too."
    ),
    "Mất cả điện thoại lẫn mã khôi phục? Nhờ quản trị gỡ xác thực hai lớp.": (
        "Lost both phone and recovery codes? Have an administrator remove two-step sign-in."
    ),
    "Mật khẩu dùng một lần": "One-time password",
    "Mật khẩu không đúng.": "The password is wrong.",
    "Mật khẩu mới": "New password",
    "Mật khẩu mới phải khác mật khẩu cũ.": "The new password must differ from the old one.",
    "Mật khẩu đang dùng": "Present password",
    "Mật khẩu được cấp": "Password you were given",
    "Mật khẩu được cấp chỉ dùng một lần. Hãy đặt một mật khẩu chỉ mình bạn biết.": (
        "The password you were given works once. Choose one that only you know."
    ),
    "Mọi cụm loa đều mang địa bàn còn hiệu lực.": "Every cluster carries an area that is in force.",
    "Mỗi lần đăng nhập cần thêm một mã trên điện thoại: ai biết mật khẩu cũng chưa vào được.": (
        "Each sign-in also needs a code of your phone: the password alone opens nothing."
    ),
    "Mỗi mã dùng được một lần khi không có điện thoại. Các mã chỉ hiện ở đây một lần: hãy "
    "chép hoặc in ra, cất nơi khác điện thoại.": (
        "Each code opens once without the phone. They are shown only now: copy or print "
        "them, and keep them away from the phone."
    ),
    "Mỗi địa bàn con thuộc đúng một phần. Cụm loa gắn thẳng ở đây thì người giao lại chọn phần.": (
        "Each area below goes to exactly one part. For clusters right here, whoever "
        "reassigns them chooses."
    ),
    "Mời người mới": "Invite somebody",
    "Mở tài khoản": "Open the account",
    "Mở ứng dụng xác thực trên điện thoại, nhập sáu số của Tiếng Làng. Không có điện thoại "
    "thì nhập một mã khôi phục.": (
        "Open the authenticator on your phone and type the six digits for Tiếng Làng. "
        "Without the phone type a recovery code."
    ),
    "Ngôn ngữ": "Language",
    "Người": "Person",
    "Người có quyền ở địa bàn mới làm việc được với cụm loa của địa bàn cũ; quyền cũ giữ "
    "nguyên, hãy xem lại sau.": (
        "Who has a role at the new area can work with the clusters of the old one; old roles "
        "stay, look them over later."
    ),
    "Người dùng": "People",
    "Người giữ quyền ở địa bàn cũ": "People with a role at an old area",
    "Người này còn giữ quyền ở địa bàn khác, nên quản trị cấp trên mới đổi được hồ sơ và mật "
    "khẩu.": (
        "This person holds roles elsewhere too, so only an administrator above can change "
        "profile and password."
    ),
    "Nhập CSV": "Import CSV",
    "Nhập lại mật khẩu mới": "New password again",
    "Nhập lại mật khẩu để bắt đầu": "Your password again, to begin",
    "Nhập sáu số mà ứng dụng hiện ra.": "Type the six digits that it shows.",
    "Nhập tay khóa này vào ứng dụng, loại theo thời gian:": (
        "Type this key into the app, time-based:"
    ),
    "Nhập vào địa bàn đang có": "Into an area that is there",
    "Nhập {n} thay đổi": "Import {n} changes",
    "Nhập địa bàn từ bảng": "Import areas from a table",
    "Nhật ký thao tác": "Audit log",
    "Những người tiếp theo": "The next people",
    "Nơi kế tục: {name}": "Successor: {name}",
    "Nằm trong": "Within",
    "Phần {n}": "Part {n}",
    "Quyền": "Roles",
    "Quyền của chính mình do một quản trị khác cấp và rút.": (
        "Your own roles are given and taken by another administrator."
    ),
    "Quyền trong địa bàn của bạn": "Roles in your areas",
    "Quá lâu rồi: hãy nhập lại tên và mật khẩu.": (
        "That took too long: enter name and password again."
    ),
    "Quét mã này bằng ứng dụng.": "Scan this code with it.",
    "Rút": "Take away",
    "Sáp nhập hoặc chuyển": "Merge or move",
    "Sáp nhập, chuyển, chia tách không làm bằng bảng: mở địa bàn rồi chọn Sắp xếp lại.": (
        "Merging, moving and splitting are not done by table: open the area and choose Rearrange."
    ),
    "Sắp xếp lại": "Rearrange",
    "Sẽ là": "Will be",
    "Sẽ xảy ra": "What will happen",
    "Thuộc phần": "Goes to part",
    "Thêm từng địa bàn ở bên, hoặc nhập cả bảng CSV.": (
        "Add areas one by one, or import a CSV table."
    ),
    "Thêm địa bàn con": "Add an area below",
    "Thư điện tử": "E-mail",
    "Trước và sau": "Before and after",
    "Tài khoản của tôi": "My account",
    "Tài khoản đang tạm khóa; hãy thử lại sau 15 phút.": (
        "The account is locked for a while; try again in 15 minutes."
    ),
    "Tên phần {n}": "Name of part {n}",
    "Tên và mã": "Name and code",
    "Tên địa bàn": "Area name",
    "Tên địa bàn con": "Name of the area below",
    "Tên địa bàn mới": "Name of the new area",
    "Tìm địa bàn": "Find an area",
    "Tôi đã cất các mã": "I have put the codes away",
    "Tôi đã cất các mã, vào trang": "I have put the codes away, go on",
    "Tôi đã đưa, xem tài khoản": "Handed over, show the account",
    "Tại địa bàn": "At area",
    "Tạo lúc": "Created",
    "Tạo mã khôi phục mới": "Make new recovery codes",
    "Tạo tài khoản": "Create the account",
    "Tắt xác thực hai lớp": "Turn off two-step sign-in",
    "Vai trò": "Role",
    "Vai trò của bạn cần thêm một mã trên điện thoại mỗi lần đăng nhập.": (
        "Your role needs a code of your phone at each sign-in."
    ),
    "Vai trò tại địa bàn đó và bên dưới": "Roles at that area and below",
    "Việc cần làm": "To do",
    "Vào": "Enter",
    "Vị trí lắp đặt chuyển theo": "Sites that move along",
    "Xem danh sách": "Show the list",
    "Xem trước chỗ nào thêm, chỗ nào đổi. Sai một dòng thì không nhập dòng nào; không dòng "
    "nào bị xóa.": (
        "See first what is added and what changes. One bad line and none is imported; "
        "nothing is deleted."
    ),
    "Xem trước toàn bộ rồi mới làm. Lượt phát, lịch, thiết bị giữ nguyên.": (
        "Seen whole before it is done. Plays, programmes and appliances stay."
    ),
    "Xem tất cả {n}": "Show all {n}",
    "Xuất CSV": "Export CSV",
    "Xác nhận và bật": "Confirm and turn on",
    "Xác thực hai lớp": "Two-step sign-in",
    "biên tập viên": "editor",
    "bật xác thực hai lớp": "turned on two-step sign-in",
    "chia tách": "split",
    "chia tách địa bàn": "split an area",
    "chuyển": "moved",
    "chuyển chỗ": "moved places",
    "chuyển địa bàn": "moved an area",
    "chưa được cấp quyền nào": "no roles yet",
    "chờ đổi mật khẩu": "must change the password",
    "còn hiệu lực": "in force",
    "cấp quyền": "gave a role",
    "cộng tác viên": "contributor",
    "cụm loa": "clusters",
    "của một đơn vị: soạn tin, tải tệp, gửi chờ duyệt": "of a department: writes, uploads, submits",
    "duyệt": "approved",
    "dùng mã khôi phục": "used a recovery code",
    "dùng {when}": "used {when}",
    "ghi nhận cảnh báo sổ ký": "acknowledged a log alarm",
    "giao máy": "assigned an appliance",
    "gỡ xác thực hai lớp": "removed two-step sign-in",
    "gửi lịch": "published",
    "hai lớp": "two-step",
    "hiệu lực từ": "in force from",
    "hiệu lực từ ngày: 2025-07-01": "in force from: 2025-07-01",
    "hoặc lập địa bàn mới": "or into a new area",
    "họ tên": "full name",
    "khóa tài khoản": "locked an account",
    "không, lập địa bàn mới ở dưới": "no, make a new one below",
    "ký duyệt nội dung bằng khóa của mình, gửi lịch": (
        "approves content with a key of their own, publishes"
    ),
    "ký phát khẩn cấp bằng khóa của mình, im lặng toàn bộ": (
        "signs warnings with a key of their own, silences"
    ),
    "kết thúc một phiên": "ended a session",
    "kỹ thuật viên lắp đặt": "technician",
    "lập vị trí": "planned a site",
    "lắp đặt, nhận máy, thu hồi máy": "installs, enrols and retires appliances",
    "mã": "code",
    "mã khôi phục còn": "recovery codes left",
    "mã đơn vị hành chính: 29869": "official unit code: 29869",
    "mã đường dẫn": "path",
    "mã đường dẫn, cấp trên trước: dt/my-phong/ap-1 (bắt buộc)": (
        "path, from the top: dt/my-phong/ap-1 (needed)"
    ),
    "mời người dùng": "invited a person",
    "mở tài khoản": "opened an account",
    "người có quyền": "people with a role",
    "người duyệt": "approver",
    "người phát khẩn cấp": "emergency operator",
    "người xem": "viewer",
    "nhận chuỗi tin cậy": "took the chain of trust",
    "nhập vào": "merged into",
    "nơi kế tục": "successor",
    "nơi này": "here",
    "quản người dùng và địa bàn, cùng việc của biên tập viên và kỹ thuật viên": (
        "manages people and areas, with an editor's and a technician's work"
    ),
    "quản trị": "administrator",
    "rút quyền": "took a role away",
    "soạn, lập lịch, gửi lịch, điều khiển loa": "writes, plans, publishes, commands",
    "sáp nhập": "merged",
    "sáp nhập địa bàn": "merged areas",
    "số phiên": "sessions",
    "sửa hồ sơ của mình": "changed their own profile",
    "sửa hồ sơ người dùng": "changed a profile",
    "sửa khung giờ": "changed a slot",
    "sửa địa bàn": "changed an area",
    "thu hồi máy": "retired an appliance",
    "thêm": "new",
    "thêm khung giờ": "added a slot",
    "thêm người dùng": "added a person",
    "thêm {n}": "{n} more",
    "thêm địa bàn": "added an area",
    "thư điện tử": "e-mail",
    "tên": "name",
    "tên đăng nhập": "sign-in name",
    "tên, họ tên, đơn vị": "name, full name, department",
    "tên, mã, nội dung": "name, code, words",
    "tên, mã; không cần dấu": "name, code; marks not needed",
    "tên: Xã Mỹ Phong (bắt buộc)": "name: Xã Mỹ Phong (needed)",
    "tạm khóa": "locked for a while",
    "tạm khóa 15 phút": "locked for 15 minutes",
    "tạm khóa vì nhập sai": "locked after wrong passwords",
    "tạo mã khôi phục mới": "made new recovery codes",
    "tải nội dung lên": "uploaded content",
    "tắt xác thực hai lớp": "turned off two-step sign-in",
    "vai trò": "role",
    "ví dụ: Nghị quyết 1663/NQ-UBTVQH15": "for example: Resolution 1663/NQ-UBTVQH15",
    "ví dụ: Trạm y tế": "for example: health station",
    "xem, nghe, không sửa gì": "looks and listens, changes nothing",
    "xóa khung giờ": "deleted a slot",
    "xóa vị trí": "removed a site",
    "{n} địa bàn con": "{n} areas below",
    "{n} địa bàn có trong cây mà không có trong bảng: giữ nguyên.": (
        "{n} areas are in the tree but not in the table: they stay."
    ),
    "Ít nhất 10 chữ; vài từ ghép lại là đủ và dễ nhớ.": (
        "At least 10 characters; a few words together are enough and easy to remember."
    ),
    "Đang là": "Is now",
    "Đang đăng nhập ở": "Signed in at",
    "Đang ở": "Stands at",
    "Đây là bạn: mật khẩu và xác thực hai lớp ở trang": (
        "This is you: password and two-step sign-in are on the page"
    ),
    "Đã chia tách. Cụm loa giữ lịch cũ cho tới khi được giao lại.": (
        "Split. Clusters keep their programme until they are reassigned."
    ),
    "Đã cấp quyền.": "The role was given.",
    "Đã gỡ xác thực hai lớp; các phiên đã kết thúc.": (
        "Two-step sign-in was removed; the sessions have ended."
    ),
    "Đã khóa tài khoản; các phiên đã kết thúc.": "The account is locked; its sessions have ended.",
    "Đã kết thúc phiên.": "The session has ended.",
    "Đã làm gì": "What they did",
    "Đã lưu hồ sơ.": "The profile is saved.",
    "Đã lưu tên và mã.": "Name and code are saved.",
    "Đã lưu.": "Saved.",
    "Đã mở tài khoản.": "The account is open.",
    "Đã nhập bảng.": "The table was imported.",
    "Đã rút quyền.": "The role was taken away.",
    "Đã sáp nhập. Cụm loa giữ lịch cũ cho tới khi được giao lại.": (
        "Merged. Clusters keep their programme until they are reassigned."
    ),
    "Đã thêm địa bàn.": "The area was added.",
    "Đã tạo tài khoản {name}.": "The account {name} was created.",
    "Đã tắt xác thực hai lớp.": "Two-step sign-in is off.",
    "Đã đóng địa bàn.": "The area is closed.",
    "Đã đăng xuất ở mọi nơi khác.": "Signed out everywhere else.",
    "Đã đặt lại mật khẩu của {name}; các phiên đã kết thúc.": (
        "The password of {name} was reset; the sessions have ended."
    ),
    "Đã đổi mật khẩu. Các nơi khác đã được đăng xuất.": (
        "The password is changed. Everywhere else is signed out."
    ),
    "Đóng địa bàn trống này": "Close this empty area",
    "Đăng nhập bằng tên khác": "Sign in with another name",
    "Đăng xuất ở mọi nơi khác": "Sign out everywhere else",
    "Đặt lúc {when}.": "Set {when}.",
    "Đặt mật khẩu của bạn": "Choose your password",
    "Địa bàn con": "Area below",
    "Địa bàn của chúng đã đóng. Mỗi cụm cần một giấy giao mới, ký bằng khóa; tới lúc đó nó "
    "vẫn phát lịch cũ.": (
        "Their area is closed. Each cluster needs a new signed assignment; until then it "
        "plays the old programme."
    ),
    "Địa bàn này đã đóng từ {when}.": "This area is closed since {when}.",
    "Địa bàn đóng lại": "Areas that close",
    "Địa bàn: {name}": "Area: {name}",
    "Đọc hoặc đưa tận tay cho {name}. Lần đầu vào, người ấy phải đặt mật khẩu của mình.": (
        "Read or hand it to {name}. At the first sign-in they must choose their own."
    ),
    "Đổi mật khẩu": "Change the password",
    "Đổi mật khẩu sẽ đăng xuất mọi nơi khác.": "Changing it signs out everywhere else.",
    "đang bật": "on",
    "đang dùng": "in use",
    "đang tắt": "off",
    "điều khiển thiết bị": "sent a command",
    "đã giao lại": "reassigned",
    "đã khóa": "locked",
    "đã đóng": "closed",
    "đóng": "closed",
    "đóng lại": "closed areas",
    "đóng từ": "closed since",
    "đóng địa bàn": "closed an area",
    "đăng nhập": "signed in",
    "đăng xuất nơi khác": "signed out elsewhere",
    "đơn vị": "department",
    "đặt lại mật khẩu": "reset a password",
    "đặt mật khẩu": "set a password",
    "địa bàn": "area",
    "đổi mật khẩu của mình": "changed their own password",
    "đổi tên, mã": "renamed",
    "Ẩn địa bàn đã đóng": "Hide closed areas",
}
