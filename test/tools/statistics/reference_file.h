// A CSV of reference values: method, inputs (JSON), expected (JSON), tolerance, source.
#pragma once

#include <rapidjson/document.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace reference {

struct Row {
    std::string method, tolerance, source;
    rapidjson::Document inputs, expected;
};

// One record of RFC 4180; false at the end of the file.
inline bool read_record(std::istream& in, std::vector<std::string>* fields) {
    fields->assign(1, "");
    bool quoted = false, any = false;
    for (char c; in.get(c);) {
        any = true;
        if (quoted) {
            if (c != '"') {
                fields->back() += c;
            } else if (in.peek() == '"') {
                fields->back() += static_cast<char>(in.get());
            } else {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            fields->emplace_back();
        } else if (c == '\n') {
            return true;
        } else if (c != '\r') {
            fields->back() += c;
        }
    }
    return any;
}

inline std::vector<Row> read_rows(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::vector<Row> rows;
    std::vector<std::string> fields;
    read_record(in, &fields);  // the header
    while (read_record(in, &fields)) {
        if (fields.size() != 5) throw std::runtime_error(path + ": a record does not have 5 fields");
        Row row{fields[0], fields[3], fields[4], {}, {}};
        row.inputs.Parse<rapidjson::kParseFullPrecisionFlag>(fields[1].c_str());
        row.expected.Parse<rapidjson::kParseFullPrecisionFlag>(fields[2].c_str());
        if (!row.inputs.IsObject() || !row.expected.IsObject()) {
            throw std::runtime_error(path + ": inputs and expected must be JSON objects in a row of " +
                                     row.method);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

// The inputs of a row, by name.
class Inputs {
 public:
    explicit Inputs(const rapidjson::Value& value) : value_(&value) {}
    bool has(const char* name) const { return value_->HasMember(name); }
    const rapidjson::Value& raw(const char* name) const {
        if (!has(name)) throw std::runtime_error(std::string("no input ") + name);
        return (*value_)[name];
    }
    double number(const char* name) const {
        const rapidjson::Value& value = raw(name);
        if (value.IsNumber()) return value.GetDouble();
        if (value.IsString() && value.GetString() == std::string("inf"))
            return std::numeric_limits<double>::infinity();
        throw std::runtime_error(std::string("input ") + name + " is no number");
    }
    double number(const char* name, double otherwise) const { return has(name) ? number(name) : otherwise; }
    int64_t count(const char* name) const { return static_cast<int64_t>(number(name)); }
    std::string text(const char* name) const {
        const rapidjson::Value& value = raw(name);
        if (value.IsString()) return value.GetString();
        std::ostringstream out;  // the shortest text that a double has is enough at 17 digits
        out.precision(17);
        out << value.GetDouble();
        return out.str();
    }
    std::vector<double> numbers(const char* name) const {
        std::vector<double> out;
        for (const auto& value : raw(name).GetArray()) out.push_back(value.GetDouble());
        return out;
    }
    std::vector<int64_t> counts(const char* name) const {
        std::vector<int64_t> out;
        for (const auto& value : raw(name).GetArray()) out.push_back(static_cast<int64_t>(value.GetDouble()));
        return out;
    }

 private:
    const rapidjson::Value* value_;
};

// What was computed: numbers and lists of numbers by name.
class Computed {
 public:
    void set(const std::string& name, double value) { values_[name] = {value}; }
    void set(const std::string& name, std::vector<double> values) { values_[name] = std::move(values); }
    template <class Optional>
    void set_if(const std::string& name, const Optional& value) {
        if (value) set(name, *value);
    }
    const std::vector<double>* find(const std::string& name) const {
        const auto at = values_.find(name);
        return at == values_.end() ? nullptr : &at->second;
    }

 private:
    std::map<std::string, std::vector<double>> values_;
};

}  // namespace reference
