#include "services/sandbox/x/query.h"

#include <algorithm>

#include "common/text/utf8.h"
#include "common/twitter_text/entities.h"
#include "services/sandbox/fold_case.h"
#include "services/sandbox/x/problems.h"
#include "services/sandbox/x/text.h"

namespace carillon::sandbox::x {
namespace {

using twitter_text::Entity;

Status BadQuery(const std::string& query, const std::string& what) { return Invalid("query", query, what); }

Result<Term> ReadTerm(const std::string& query, std::string text) {
  Term term;
  if (text.starts_with('-')) {
    term.is_negated = true;
    text.erase(0, 1);
  }
  if (text == "OR" || text.starts_with('(') || text.ends_with(')'))
    return BadQuery(query, "The sandbox knows neither OR nor parentheses");
  const size_t colon = text.find(':');
  for (const char* name : {"from", "to", "conversation_id", "is", "has", "lang"}) {
    if (colon != std::string::npos && text.substr(0, colon) == name) {
      term.name = name;
      text.erase(0, colon + 1);
      break;
    }
  }
  term.value = FoldCase(text);
  if (term.value.empty()) return BadQuery(query, "A term is empty");
  return term;
}

}  // namespace

Result<std::vector<Term>> ReadTerms(const std::string& query, int64_t characters_max) {
  if (query.empty() || text::CountCodePoints(query) > characters_max)
    return BadQuery(query, fmt::format("query has 1 to {} characters", characters_max));
  std::vector<Term> out;
  std::string word;
  bool is_quoted = false;
  for (const char c : query + " ") {
    if (c == '"') is_quoted = !is_quoted;
    if (c != '"' && (c != ' ' || is_quoted)) word += c;
    if (c != ' ' || is_quoted || word.empty()) continue;
    ASSIGN_OR_RETURN(Term term, ReadTerm(query, std::exchange(word, "")));
    out.push_back(std::move(term));
  }
  if (is_quoted || out.empty()) return BadQuery(query, "A quotation mark is missing");
  return out;
}

namespace {

bool HasEntity(const Post& post, Entity::Kind kind) {
  for (const Entity& entity : twitter_text::FindEntities(post.text)) {
    if (entity.kind == kind) return true;
  }
  return false;
}

bool Holds(State& state, const Term& term, const Post& post) {
  const std::string& value = term.value;
  auto is_named = [&](Id user) {
    const User* found = state.FindUser(user);
    return found != nullptr &&
           (Lower(found->username) == value || std::to_string(found->id) == value);
  };
  if (term.name == "from") return is_named(post.author);
  if (term.name == "to") return is_named(post.reply_to_user);
  if (term.name == "conversation_id") return std::to_string(post.conversation) == value;
  if (term.name == "lang") return value == "und";
  if (term.name == "is") {
    return (value == "reply" && post.reply_to != 0) || (value == "quote" && post.quoted != 0) ||
           (value == "retweet" && post.repost_of != 0);
  }
  if (term.name == "has") {
    return (value == "media" && !post.media.empty()) ||
           (value == "links" && HasEntity(post, Entity::Kind::kUrl)) ||
           (value == "mentions" && HasEntity(post, Entity::Kind::kMention)) ||
           (value == "hashtags" && HasEntity(post, Entity::Kind::kHashtag));
  }
  return FoldCase(post.text).find(value) != std::string::npos;
}

}  // namespace

bool Holds(State& state, const std::vector<Term>& terms, const Post& post) {
  return std::all_of(terms.begin(), terms.end(),
                     [&](const Term& term) { return Holds(state, term, post) != term.is_negated; });
}

}  // namespace carillon::sandbox::x
