"""English for speaking a warning."""

WORDS = {
    "Tự nói cảnh báo": "Speak a warning",
    "Tự nói": "Speak it",
    "người trực tự nói": "spoken by the operator",
    "Người trực tự nói, dài nhất 3 phút. Lời thay: {text}": (
        "The operator speaks himself, 3 minutes at most. Instead of him: {text}"
    ),
    "Giọng của bạn lên loa ngay khi bạn đang nói, sau hiệu lệnh báo động.": (
        "Your voice is on the speakers while you speak, after the alarm tone."
    ),
    "Để tập thao tác: cụm loa diễn tập đọc lời thay, giọng của bạn không lên loa.": (
        "To practise: clusters in the exercise read the text; your voice is not on air."
    ),
    "Nói bằng cách nào": "How to speak",
    "Nói trực tiếp": "Speak live",
    "lên loa khi đang nói": "on air while you speak",
    "Ghi âm trước": "Record first",
    "nghe lại rồi mới phát": "listen, then send",
    "Tệp có sẵn": "A file",
    "không cần micrô": "no microphone needed",
    "Thử micrô": "Try the microphone",
    "Thử micrô trước khi phát: nói vài chữ và nhìn vạch.": (
        "Try the microphone before: say a few words and watch the bar."
    ),
    "Nghe rõ": "Heard well",
    "Bắt đầu ghi âm": "Start recording",
    "Ghi lại từ đầu": "Record again",
    "Dừng ghi": "Stop recording",
    "Đã ghi xong. Nghe lại, rồi giữ nút để phát.": "Recorded. Listen, then hold the button to send.",
    "Tệp âm thanh, dài nhất 3 phút": "A sound file, 3 minutes at most",
    "Máy ghi âm của điện thoại, tin nhắn thoại: tệp nào trình duyệt nghe được.": (
        "The phone's recorder, a voice message: any file the browser can play."
    ),
    "Đang đọc tệp…": "Reading the file…",
    "Tệp dài {time}, dài nhất là 3 phút. Hãy cắt ngắn.": (
        "The file lasts {time}; 3 minutes at most. Cut it shorter."
    ),
    "Tệp dài {time}. Nghe lại, rồi giữ nút để phát.": (
        "The file lasts {time}. Listen, then hold the button to send."
    ),
    "Trình duyệt không nghe được tệp này. Hãy chọn tệp mp3, wav hoặc m4a.": (
        "The browser cannot play this file. Choose an mp3, wav or m4a."
    ),
    "Khi loa không nghe được giọng bạn": "Where your voice does not reach",
    "Bảng tin hiện chữ này; loa mất mạng đọc chữ này thay bạn.": (
        "Boards show this text; speakers without a link read it instead of you."
    ),
    "Lời đọc thay": "Text read instead",
    "Cần tiêu đề và lời thay: bảng tin hiện, loa đọc khi không nghe được giọng.": (
        "A title and a text are needed: boards show them, speakers read them where the voice does not reach."
    ),
    "Hãy chọn Thật hoặc Diễn tập": "Choose Actual or Exercise",
    "Hãy chọn Thật hoặc Diễn tập.": "Choose Actual or Exercise.",
    "Diễn tập phải nói rõ điều đó trong tiêu đề.": "An exercise says so in its title.",
    "Phát": "Send",
    "Hiệu lệnh 4 giây, rồi giọng bạn, dài nhất 3 phút; phát lại theo vòng đến khi hủy.": (
        "A tone of 4 seconds, then your voice, 3 minutes at most; repeated in rounds until cancelled."
    ),
    "Giữ 1,5 giây để ký và NÓI": "Hold 1.5 s to sign and SPEAK",
    "Giữ 1,5 giây để ký và phát bản ghi": "Hold 1.5 s to sign and send the recording",
    "Giữ 1,5 giây để ký và phát tệp": "Hold 1.5 s to sign and send the file",
    "Ký và phát giọng nói tới {n} cụm loa?": "Sign and send the voice to {n} clusters?",
    "Chưa có tiếng nói: hãy ghi âm hoặc chọn tệp trước.": (
        "There is no voice yet: record or choose a file first."
    ),
    "Không mở được micrô. Cho phép trang này dùng micrô rồi thử lại, hoặc chọn “Tệp có sẵn”.": (
        "The microphone cannot be opened. Allow this page to use it and try again, or choose “A file”."
    ),
    "Trình duyệt này không gửi được giọng nói. Cập nhật Chrome, Edge hoặc Firefox, hoặc phát cảnh báo bằng chữ.": (
        "This browser cannot send a voice. Update Chrome, Edge or Firefox, or send the warning as text."
    ),
    "Không mã hóa được tiếng: {why}": "The sound cannot be encoded: {why}",
    "Mất kết nối với máy chủ, đang nối lại. Lời bạn nói vẫn được giữ và gửi sau.": (
        "The server cannot be reached, trying again. What you say is kept and sent later."
    ),
    "Đang gửi cảnh báo…": "Sending the warning…",
    "Loa chưa kêu. Giữ trang này mở: khi người thứ hai ký, bạn nói ngay tại đây.": (
        "Nothing sounds yet. Keep this page open: when the second person has signed, you speak right here."
    ),
    "Cảnh báo này đã bị hủy hoặc hết hạn.": "This warning was cancelled or has expired.",
    "Hiệu lệnh đang phát": "The tone sounds",
    "Chuẩn bị nói. Loa đang phát hiệu lệnh báo động.": "Get ready. The speakers sound the alarm tone.",
    "NÓI ĐI": "SPEAK NOW",
    "Micrô đang mở. Nói xong thì bấm “Nói xong”.": "The microphone is open. Press “Done” when you have ended.",
    "Nói xong": "Done",
    "Đã nói": "Spoken",
    "Loa đang nghe bạn": "Speakers with your voice",
    "chưa cụm nào": "none yet",
    "chưa cụm nào trong {m}": "none of {m} yet",
    "{n}/{m} cụm loa": "{n} of {m} clusters",
    "Đang gửi phần cuối…": "Sending the last part…",
    "Đang gửi giọng nói…": "Sending the voice…",
    "Loa phát hiệu lệnh rồi phát giọng bạn.": "The speakers sound the tone, then your voice.",
    "Đã gửi hết": "All sent",
    "Loa nào chưa nghe trực tiếp sẽ phát ngay khi nhận đủ, và mọi loa phát lại theo vòng đến khi hủy.": (
        "Speakers that missed it live sound it as soon as they have all of it; all repeat it in rounds until cancelled."
    ),
    "Giọng nói đã dừng": "The voice has stopped",
    "Cảnh báo vẫn còn hiệu lực: loa đọc lời thay. Xem bảng theo dõi để hủy hoặc phát lại.": (
        "The warning is still in force: speakers read the text instead. See its board to cancel or send again."
    ),
    "Xem bảng theo dõi": "See the board",
}
