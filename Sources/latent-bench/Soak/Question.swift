import Foundation
import TensorCore

/// What an ordinary client asks.
enum Question {
  case predict(user: Int, item: Int)
  case recommend(user: Int)
  case similar(item: Int)

  /// Most often a prediction, of any user and item; else a list that is known.
  static func random(_ random: inout RandomStream, users: Int, items: Int) -> Question {
    func number(below bound: Int) -> Int { Int(random.next(below: UInt32(bound))) }
    switch random.next(below: 10) {
    case 0: return .recommend(user: number(below: min(users, KnownModel.listedCount)))
    case 1: return .similar(item: number(below: min(items, KnownModel.listedCount)))
    default: return prediction(&random, users: users, items: items)
    }
  }

  /// A prediction of any user and item.
  static func prediction(_ random: inout RandomStream, users: Int, items: Int) -> Question {
    .predict(
      user: Int(random.next(below: UInt32(users))), item: Int(random.next(below: UInt32(items))))
  }

  /// The command and its arguments; lists say all, as a line gets it.
  var words: [String] {
    let count = ["COUNT", String(KnownModel.listLength), "WITHDETAILS"]
    return switch self {
    case .predict(let user, let item): ["PREDICT", String(user), String(item)]
    case .recommend(let user): ["RECOMMEND", String(user)] + count
    case .similar(let item): ["SIMILAR", String(item)] + count + ["MINRATINGS", "0"]
    }
  }

  var line: String { words.joined(separator: " ") + "\n" }
  var array: String { RESPReply.request(words) }
}

/// What an ordinary client is answered.
struct Answer {
  enum Value {
    case prediction(Double)
    case items([(item: Int, score: Double)])
    /// Anything else: an error, or what can't be read.
    case other(String)
  }

  /// The version that it says it is by; a number alone says none.
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

  /// Reads the answer to a line.
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

  /// Reads the answer to an array. A number alone is taken to be by `version`, where that is known.
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
