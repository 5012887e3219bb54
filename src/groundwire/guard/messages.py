"""Messages in place of a blocked answer, in the language of the one who asked."""

from __future__ import annotations

from groundwire.verify.readable import detect_language

BLOCKED_MESSAGE = "I could not verify an answer to this against the available sources."

_NORWEGIAN = "Jeg kunne ikke bekrefte et svar på dette ut fra de tilgjengelige kildene."

MESSAGES = {
    "en": BLOCKED_MESSAGE,
    "ar": "لم أتمكن من التحقق من إجابة عن هذا السؤال بالاستناد إلى المصادر المتاحة.",
    "bg": "Не успях да потвърдя отговор на този въпрос по наличните източници.",
    "cs": "Odpověď na tuto otázku se mi nepodařilo ověřit v dostupných zdrojích.",
    "da": "Jeg kunne ikke bekræfte et svar på dette ud fra de tilgængelige kilder.",
    "de": "Ich konnte eine Antwort darauf anhand der verfügbaren Quellen nicht bestätigen.",
    "el": "Δεν μπόρεσα να επαληθεύσω μια απάντηση σε αυτό με βάση τις διαθέσιμες πηγές.",
    "es": "No he podido verificar una respuesta a esto con las fuentes disponibles.",
    "fa": "نتوانستم پاسخی به این پرسش را بر پایهٔ منابع موجود تأیید کنم.",
    "fi": "En pystynyt varmistamaan vastausta tähän käytettävissä olevista lähteistä.",
    "fr": "Je n'ai pas pu vérifier de réponse à cette question à partir des sources disponibles.",
    "he": "לא הצלחתי לאמת תשובה לשאלה הזאת על סמך המקורות הזמינים.",
    "hi": "उपलब्ध स्रोतों के आधार पर इसके उत्तर की पुष्टि नहीं हो सकी।",
    "hu": "Erre nem tudtam a rendelkezésre álló források alapján igazolható választ adni.",
    "id": "Saya tidak dapat memverifikasi jawaban atas hal ini berdasarkan sumber yang tersedia.",
    "it": "Non ho potuto verificare una risposta a questa domanda con le fonti disponibili.",
    "ja": "入手できる資料では、この質問への回答を確認できませんでした。",
    "ko": "이용 가능한 자료로는 이 질문에 대한 답변을 확인할 수 없었습니다.",
    "nb": _NORWEGIAN,
    "nl": "Ik kon een antwoord hierop niet verifiëren aan de hand van de beschikbare bronnen.",
    "nn": _NORWEGIAN,
    "no": _NORWEGIAN,
    "pl": "Nie udało mi się zweryfikować odpowiedzi na to pytanie w dostępnych źródłach.",
    "pt": "Não consegui verificar uma resposta para isto com as fontes disponíveis.",
    "ro": "Nu am putut verifica un răspuns la această întrebare pe baza surselor disponibile.",
    "ru": "Мне не удалось подтвердить ответ на этот вопрос по доступным источникам.",
    "sv": "Jag kunde inte bekräfta ett svar på detta utifrån de tillgängliga källorna.",
    "th": "ไม่สามารถยืนยันคำตอบสำหรับคำถามนี้จากแหล่งข้อมูลที่มีอยู่ได้",
    "tr": "Bu soruya verilecek bir yanıtı mevcut kaynaklara dayanarak doğrulayamadım.",
    "uk": "Мені не вдалося підтвердити відповідь на це запитання за доступними джерелами.",
    "vi": "Tôi không thể xác minh câu trả lời cho điều này dựa trên các nguồn hiện có.",
    "zh": "根据现有资料，我无法核实这个问题的答案。",
}
"""What is said by default, by ISO 639 code."""

_LANGUAGES = frozenset(MESSAGES)


def choose_message(question: str | None, answer: str) -> str:
    """Returns the message in the language of the question, else of the answer, else in English.

    Args:
        question: what the reader asked, in their own language.
        answer: what was blocked; it counts where the question is missing or too short to tell.
    """
    for text in (question, answer):
        language = detect_language(text, _LANGUAGES) if text else None
        if language is not None:
            return MESSAGES[language]
    return BLOCKED_MESSAGE
