#include "common/platform/mastodon/profile.h"

#include <fmt/format.h>

#include "common/platform/mastodon/errors.h"
#include "common/platform/mastodon/length.h"
#include "common/platform/outcome.h"
#include "common/platform/profile.h"
#include "common/platform/redact.h"
#include "common/text/html_text.h"
#include "common/text/utf8.h"

namespace carillon::mastodon {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;
using platform::ProfileField;

constexpr char kVerify[] = "/api/v1/accounts/verify_credentials";

Access AccessOf(const platform::AccountAccess& access) { return {access.base_url, access.access_token}; }

Status NotThisAccount(const platform::AccountAccess& access) {
  return MakeStatus(Code::kUnavailable, fmt::format("{} did not describe the account {}", platform::HostOf(access.base_url),
                                                    access.remote_account_id));
}

Result<Json> ReadAccount(http::HttpClient& client, const Clock& clock, const platform::AccountAccess& access,
                         absl::Duration timeout) {
  ASSIGN_OR_RETURN(Answer answer, Get(client, clock, AccessOf(access), kVerify, {}, timeout));
  if (platform::GetId(answer.body, "id") != access.remote_account_id) return NotThisAccount(access);
  return std::move(answer.body);
}

// As they were written: `source` has them so; a server without it shows HTML.
std::vector<ProfileField> FieldsOf(const Json& account) {
  const Json& written = GetMember(GetMember(account, "source"), "fields");
  const bool is_plain = written.is_array();
  std::vector<ProfileField> fields;
  for (const Json& field : is_plain ? written : GetMember(account, "fields")) {
    if (!field.is_object()) continue;
    const std::string value = GetText(field, "value");
    fields.push_back({GetText(field, "name"), is_plain ? value : text::HtmlToText(value)});
  }
  return fields;
}

// A server's own picture for those who have none.
std::string PictureOf(const Json& account, const char* member) {
  const std::string url = GetText(account, member);
  return url.ends_with("/missing.png") ? "" : url;
}

// A list without an entry would not be told from none at all: an entry without name and value is left out by the server.
std::vector<ProfileField> AsTold(std::vector<ProfileField> fields) {
  if (fields.empty()) fields.emplace_back();
  return fields;
}

Json UpdateBody(const platform::ProfileChange& change, const std::optional<std::vector<ProfileField>>& fields) {
  Json body = Json::object();
  if (change.display_name) body["display_name"] = *change.display_name;
  if (change.bio) body["note"] = *change.bio;
  if (!fields) return body;
  Json& list = body["fields_attributes"] = Json::object();
  for (size_t i = 0; i < fields->size(); ++i) {
    list[std::to_string(i)] = {{"name", (*fields)[i].name}, {"value", (*fields)[i].value}};
  }
  return body;
}

// The same as a form, with the pictures.
std::vector<http::FormPart> UpdateForm(const platform::ProfileChange& change, const std::optional<std::vector<ProfileField>>& fields) {
  std::vector<http::FormPart> parts;
  if (change.display_name) parts.push_back({.name = "display_name", .value = *change.display_name});
  if (change.bio) parts.push_back({.name = "note", .value = *change.bio});
  for (size_t i = 0; fields && i < fields->size(); ++i) {
    parts.push_back({.name = fmt::format("fields_attributes[{}][name]", i), .value = (*fields)[i].name});
    parts.push_back({.name = fmt::format("fields_attributes[{}][value]", i), .value = (*fields)[i].value});
  }
  const auto add_file = [&](const char* name, const std::optional<platform::MediaItem>& item) {
    if (item) parts.push_back({.name = name, .file_path = item->path, .content_type = item->mime_type});
  };
  add_file("avatar", change.avatar);
  add_file("header", change.header);
  return parts;
}

http::HttpRequest MakeUpdate(const platform::SetProfileRequest& request, const std::optional<std::vector<ProfileField>>& fields) {
  const platform::ProfileChange& change = request.change;
  http::HttpRequest http = MakeRequest(AccessOf(request.access), "PATCH", "/api/v1/accounts/update_credentials");
  http.has_effect = true;
  http.before_first_byte = request.may_send;
  if (change.avatar || change.header) {
    http.multipart = UpdateForm(change, fields);
    return http;
  }
  http.body = UpdateBody(change, fields).dump(-1, ' ', false, Json::error_handler_t::replace);
  http.content_type = "application/json";
  return http;
}

Status CheckFields(const std::vector<ProfileField>& fields, const platform::Facts& facts) {
  const int64_t max = facts.Number("profile.fields_max");
  const auto count = static_cast<int64_t>(fields.size());
  if (count <= max) return Ok();
  return Refuse(Code::kInvalidArgument, "TOO_MANY_FIELDS",
                fmt::format("the profile would have {} fields, {} are allowed: take one away", count, max),
                {{"count", std::to_string(count)}, {"max", std::to_string(max)}});
}

}  // namespace

Result<platform::Profile> ReadProfile(http::HttpClient& client, const Clock& clock, const platform::AccountAccess& access,
                                      absl::Duration timeout) {
  ASSIGN_OR_RETURN(const Json account, ReadAccount(client, clock, access, timeout));
  const Json& written = GetMember(GetMember(account, "source"), "note");
  return platform::Profile{.username = FullName(GetText(account, "acct"), access.base_url),
                           .profile_url = GetText(account, "url"),
                           .display_name = GetText(account, "display_name"),
                           .bio = written.is_string() ? written.get<std::string>() : text::HtmlToText(GetText(account, "note")),
                           .avatar_url = PictureOf(account, "avatar"),
                           .header_url = PictureOf(account, "header"),
                           .fields = FieldsOf(account),
                           .followers = platform::GetCount(account, "followers_count"),
                           .following = platform::GetCount(account, "following_count"),
                           .posts = platform::GetCount(account, "statuses_count")};
}

Status CheckProfile(const platform::ProfileChange& change, const platform::Facts& facts) {
  RETURN_IF_ERROR(platform::CheckChange(change));
  if (change.display_name) {
    RETURN_IF_ERROR(platform::CheckLength("display name", text::CountCodePoints(*change.display_name),
                                          facts.Number("profile.name_characters_max"), "characters"));
  }
  if (change.bio) {
    const auto url_characters = static_cast<int>(facts.Number("text.url_characters"));
    RETURN_IF_ERROR(platform::CheckLength("bio", CountedLength(*change.bio, "", url_characters),
                                          facts.Number("profile.bio_characters_max"), "characters"));
  }
  std::vector<ProfileField> set;
  for (const ProfileField& field : change.fields) {
    const int64_t max = facts.Number("profile.field_characters_max");
    RETURN_IF_ERROR(platform::CheckLength("name of a field", text::CountCodePoints(field.name), max, "characters"));
    RETURN_IF_ERROR(platform::CheckLength("value of a field", text::CountCodePoints(field.value), max, "characters"));
    if (!field.value.empty()) set.push_back(field);
  }
  RETURN_IF_ERROR(CheckFields(set, facts));
  return platform::CheckPictures(change, "Mastodon", facts);
}

platform::PublishOutcome SetProfile(http::HttpClient& client, const Clock& clock, const platform::SetProfileRequest& request,
                                    const platform::Facts& facts) {
  const absl::Duration end = clock.BootTime() + request.timeout;
  std::optional<std::vector<ProfileField>> fields;
  if (!request.change.fields.empty()) {
    const Result<Json> account = ReadAccount(client, clock, request.access, request.timeout);
    if (!account.ok()) return platform::RefusedBefore(account.status());
    std::vector<ProfileField> wished = platform::WithChanges(FieldsOf(*account), request.change.fields);
    if (const Status few = CheckFields(wished, facts); !few.ok()) return platform::RefusedBefore(few);
    fields = AsTold(std::move(wished));
  }
  http::HttpRequest http = MakeUpdate(request, fields);
  http.deadline = end - clock.BootTime();
  if (http.deadline <= absl::ZeroDuration()) return platform::NotSent("reading the profile took all the time");
  return ClassifyProfile(client.Send(http), request, clock.Now());
}

platform::PublishOutcome ClassifyProfile(const http::HttpOutcome& outcome, const platform::SetProfileRequest& request, absl::Time now) {
  using Kind = platform::PublishOutcome::Kind;
  platform::PublishOutcome out = ClassifyPublish(outcome, AccessOf(request.access), now);
  if (out.kind == Kind::kPublished) {
    if (out.remote_id == request.access.remote_account_id) return platform::ProfileIsSo(std::move(out), request);
    out.kind = Kind::kUnknown;
    out.error = Message(NotThisAccount(request.access));
    out.remote_id.clear();
  }
  if (out.error_class == platform::ErrorClass::kDuplicate) out.error_class = platform::ErrorClass::kRetryable;
  return out;
}

}  // namespace carillon::mastodon
