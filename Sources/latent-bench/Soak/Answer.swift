import Foundation

/// An answer to an ordinary client.
struct Answer {
  enum Value {
    case prediction(Double)
    case items([(item: Int, score: Double)])
    /// Anything else: an error, or an answer that cannot be parsed.
    case other(String)
  }

  /// The version that the answer names; nil for a bare number.
  let version: Int?
  let value: Value

  private struct Line: Decodable {
    struct Item: Decodable {
      let item: Int
      let score: Double
    }
    let version: Int
    let prediction: Double?
    let items: [Item]?
  }

  /// Parses the answer to a line.
  init(line: [UInt8]) {
    guard let answer = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
      self.init(nil, .other(String(decoding: line.prefix(200), as: UTF8.self)))
      return
    }
    if let prediction = answer.prediction {
      self.init(answer.version, .prediction(prediction))
    } else {
      self.init(answer.version, .items((answer.items ?? []).map { ($0.item, $0.score) }))
    }
  }

  /// Parses the answer to an array. A bare number is attributed to `version`, if given.
  init(reply: RESPReply, by version: Int? = nil) {
    if let prediction = reply.text.flatMap({ Double($0) }) {
      self.init(version, .prediction(prediction))
      return
    }
    guard let fields = reply.fields, case .integer(let version)? = fields["version"],
      case .array(let elements)? = fields["items"]
    else {
      self.init(nil, .other(String("\(reply)".prefix(200))))
      return
    }
    let items = elements.compactMap { element -> (item: Int, score: Double)? in
      guard let fields = element.fields, let item = fields["item"]?.text.flatMap({ Int($0) }),
        let score = fields["score"]?.text.flatMap({ Double($0) })
      else { return nil }
      return (item, score)
    }
    self.init(
      version, items.count == elements.count ? .items(items) : .other("\(reply)"))
  }

  private init(_ version: Int?, _ value: Value) {
    self.version = version
    self.value = value
  }
}
