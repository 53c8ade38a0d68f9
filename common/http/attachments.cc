#include "common/http/attachments.h"

namespace carillon::http {
namespace {

Status AddMultipart(CURL* curl, const HttpRequest& request, Attachments* attachments) {
  attachments->mime = curl_mime_init(curl);
  for (const FormPart& part : request.multipart) {
    curl_mimepart* out = curl_mime_addpart(attachments->mime);
    curl_mime_name(out, part.name.c_str());
    if (part.file_path.empty()) {
      curl_mime_data(out, part.value.data(), part.value.size());
      if (!part.file_name.empty()) curl_mime_filename(out, part.file_name.c_str());
    } else {
      ASSIGN_OR_RETURN(auto file, FileSource::Open({part.file_path, part.file_offset, part.file_size}, part.name));
      curl_mime_data_cb(out, file->size(), &FileSource::Read, &FileSource::Seek, nullptr, file.get());
      attachments->files.push_back(std::move(file));
      const std::string own_name = part.file_path.substr(part.file_path.rfind('/') + 1);
      curl_mime_filename(out, (part.file_name.empty() ? own_name : part.file_name).c_str());
    }
    if (!part.content_type.empty()) curl_mime_type(out, part.content_type.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MIMEPOST, attachments->mime);
  return Ok();
}

}  // namespace

Status AddHeaders(const HttpRequest& request, Attachments* attachments) {
  auto add = [&](const std::string& line) {
    attachments->headers = curl_slist_append(attachments->headers, line.c_str());
  };
  const std::string breaks("\r\n\0", 3);
  bool good = request.content_type.find_first_of(breaks) == std::string::npos;
  for (const auto& [name, value] : request.headers) {
    good = good && (name + value).find_first_of(breaks) == std::string::npos && !name.empty() &&
           name.find_first_of(": \t") == std::string::npos;
  }
  if (!good) {
    return Refuse(Code::kInvalidArgument, "BAD_HEADER",
                  "a header's name or value has a character that is not allowed");
  }
  for (const auto& [name, value] : request.headers) {
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  // Without a type libcurl would call a body a form; "Content-Type:" takes that back.
  if (request.form.empty() && request.multipart.empty()) {
    add(request.content_type.empty() ? "Content-Type:" : "Content-Type: " + request.content_type);
  }
  add("Expect:");
  return Ok();
}

Status AddBody(CURL* curl, const HttpRequest& request, Attachments* attachments) {
  const bool is_post =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (!request.multipart.empty()) {
    RETURN_IF_ERROR(AddMultipart(curl, request, attachments));
  } else if (request.file) {
    ASSIGN_OR_RETURN(auto file, FileSource::Open(*request.file, "body"));
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(file->size()));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &FileSource::Read);
    curl_easy_setopt(curl, CURLOPT_READDATA, file.get());
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, &FileSource::Seek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, file.get());
    attachments->files.push_back(std::move(file));
  } else if (is_post || !request.form.empty() || !request.body.empty()) {
    attachments->form = request.form.empty() ? "" : EncodeForm(request.form);
    const std::string& body = request.form.empty() ? request.body : attachments->form;
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  return Ok();
}

}  // namespace carillon::http
