#include "services/sandbox/x/fields.h"

namespace carillon::sandbox::x {

std::set<std::string, std::less<>> ReadList(std::string_view text) {
  std::set<std::string, std::less<>> out;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) out.emplace(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

Fields ReadFields(const http::ServerRequest& request) {
  Fields fields;
  const std::string posts = request.Query("post.fields");
  fields.says_posts = !posts.empty();
  fields.post = ReadList(fields.says_posts ? posts : request.Query("tweet.fields"));
  fields.user = ReadList(request.Query("user.fields"));
  fields.media = ReadList(request.Query("media.fields"));
  fields.poll = ReadList(request.Query("poll.fields"));
  fields.expansions = ReadList(request.Query("expansions"));
  if (!fields.says_posts) return fields;
  // These are expansions only in this vocabulary.
  for (const char* name : {"author_id", "in_reply_to_user_id", "referenced_posts"}) {
    fields.post.erase(name);
    if (fields.Expands(name)) fields.post.insert(name);
  }
  return fields;
}

}  // namespace carillon::sandbox::x
