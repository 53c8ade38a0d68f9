#include "common/content/content.h"

#include <string_view>

#include "common/base/ids.h"

namespace carillon::content {
namespace {

// UTF-8 lead bytes of Latin-1's signs (U+0080-00BF), and of general (U+2000-207F) and CJK (U+3000-303F) punctuation and spaces.
size_t PunctuationSize(std::string_view rest) {
  if (rest.substr(0, 1) == "\xC2") return 2;
  const std::string_view start = rest.substr(0, 2);
  return start == "\xE2\x80" || start == "\xE2\x81" || start == "\xE3\x80" ? 3 : 0;
}

void AppendPlain(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (const size_t size = PunctuationSize(text.substr(i)); size > 0) {
      i += size - 1;
      continue;
    }
    const char c = text[i];
    if (c >= 'A' && c <= 'Z') {
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               static_cast<unsigned char>(c) >= 0x80) {
      out.push_back(c);
    }
  }
}

}  // namespace

namespace {

std::string HashMedia(const google::protobuf::RepeatedPtrField<publisher::v1::Media>& media) {
  std::string out = std::to_string(media.size());
  for (const publisher::v1::Media& item : media) {
    out = HashText({out, item.sha256(), item.mime_type(), std::to_string(item.size_bytes()),
                    item.alt_text()});
  }
  return out;
}

std::string HashPart(const std::string& before, const publisher::v1::ContentPart& part) {
  return HashText({before, part.text(), part.link(), HashMedia(part.media())});
}

std::string HashNumbers(const google::protobuf::RepeatedField<int>& numbers) {
  std::string out = std::to_string(numbers.size());
  for (const int number : numbers) out += " " + std::to_string(number);
  return out;
}

std::string HashPoll(const publisher::v1::Poll& poll) {
  std::string out = std::to_string(poll.options_size());
  for (const std::string& option : poll.options()) out = HashText({out, option});
  return HashText({out, poll.multiple() ? "multiple" : "", poll.hide_totals() ? "hidden" : "",
                   std::to_string(poll.duration_s())});
}

// Of the forms that a post of a platform has beside text and media; "" if it has none of them.
std::string HashForms(const publisher::v1::Content& content) {
  const bool any = content.visibility() != publisher::v1::VISIBILITY_UNSPECIFIED || !content.content_warning().empty() ||
                   !content.content_labels().empty() || content.has_poll() || !content.quoted_remote_id().empty() ||
                   content.has_reply_settings();
  if (!any) return "";
  return HashText({std::to_string(content.visibility()), content.content_warning(), HashNumbers(content.content_labels()),
                   content.has_poll() ? HashPoll(content.poll()) : "", content.quoted_remote_id(),
                   content.has_reply_settings() ? HashNumbers(content.reply_settings().groups()) : ""});
}

// "" and absent are two things: the one takes away what is there, the other leaves it.
std::string HashProfile(const publisher::v1::ProfileChange& change) {
  const auto picture = [](bool has, const publisher::v1::Media& media) {
    return has ? HashText({media.sha256(), media.mime_type(), std::to_string(media.size_bytes())}) : std::string();
  };
  std::string out = HashText({change.has_display_name() ? "name" : "", change.display_name(), change.has_bio() ? "bio" : "",
                              change.bio(), picture(change.has_avatar(), change.avatar()),
                              picture(change.has_header(), change.header()), std::to_string(change.fields_size())});
  for (const publisher::v1::ProfileField& field : change.fields()) out = HashText({out, field.name(), field.value()});
  return out;
}

// Text, link, media, reply and language, and what follows the post.
std::string HashTexts(const publisher::v1::Content& content) {
  const std::string post =
      HashText({"content.v1", content.text(), content.link(), HashMedia(content.media()),
                content.in_reply_to_remote_id(), content.language()});
  if (content.thread().empty() && !content.has_first_comment()) return post;
  std::string thread = std::to_string(content.thread_size());
  for (const publisher::v1::ContentPart& part : content.thread()) thread = HashPart(thread, part);
  return HashText({"content.v2", post, thread,
                   content.has_first_comment() ? HashPart("comment", content.first_comment()) : ""});
}

}  // namespace

std::string ContentHash(const publisher::v1::Content& content) {
  if (!content.conversation_remote_id().empty()) {
    publisher::v1::Content rest = content;
    rest.clear_conversation_remote_id();
    return HashText({"message.v1", content.conversation_remote_id(), ContentHash(rest)});
  }
  if (content.has_profile()) {
    publisher::v1::Content rest = content;
    rest.clear_profile();
    return HashText({"profile.v1", HashProfile(content.profile()), ContentHash(rest)});
  }
  const std::string texts = HashTexts(content), forms = HashForms(content);
  return forms.empty() ? texts : HashText({"content.v3", texts, forms});
}

std::string DispatchHash(const publisher::v1::Dispatch& dispatch) {
  const std::string content = ContentHash(dispatch.content());
  if (dispatch.action() == publisher::v1::ACTION_KIND_UNSPECIFIED) return content;
  return HashText({"action.v1", std::to_string(dispatch.action()), dispatch.target_remote_id(), content});
}

publisher::v1::Content PartOf(const publisher::v1::Content& whole, const publisher::v1::ContentPart& part) {
  publisher::v1::Content content;
  content.set_text(part.text());
  content.set_link(part.link());
  *content.mutable_media() = part.media();
  content.set_language(whole.language());
  content.set_visibility(whole.visibility());
  content.set_content_warning(whole.content_warning());
  *content.mutable_content_labels() = whole.content_labels();
  return content;
}

std::string TextKey(const publisher::v1::Content& content) {
  std::string plain;
  plain.reserve(content.text().size() + content.link().size());
  AppendPlain(content.text(), plain);
  AppendPlain(content.link(), plain);
  return HashText({"text.v1", plain});
}

}  // namespace carillon::content
