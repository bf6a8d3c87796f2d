import Foundation
import Ratings

/// All data about a user.
struct PersonalData: Encodable {
  /// A rating in the store.
  struct Rating: Encodable {
    let item: ItemID
    let title: String?
    let rating: Float
    let time: String?
  }

  /// An item that the user has rated according to a model.
  struct RatedItem: Encodable {
    let item: ItemID
    let title: String?
  }

  /// The data about the user in a version of a model.
  struct Model: Encodable {
    let name: String
    let version: Int
    let status: String?
    /// The model's role in the version.
    let role: String
    let kind: String
    var bias: Float?
    var vector: [Float] = []
    var ratedItems: [RatedItem] = []
  }

  let user: UserID
  let ratings: [Rating]
  let models: [Model]

  /// Returns a JSON object with sorted keys.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// A table with a row for each rating in the store, each version, and each rated item in a version.
  var table: ResultTable {
    var table = ResultTable([
      "user", "place", "name", "version", "status", "role", "kind",
      "item", "title", "rating", "time", "bias", "vector",
    ])
    for rating in ratings {
      table.append([
        .identifier(user), .text("store"), .missing, .missing, .missing, .missing, .missing,
        .identifier(rating.item), .optional(rating.title), .rating(rating.rating),
        .optional(rating.time), .missing, .missing,
      ])
    }
    for model in models {
      let version: [ResultTable.Cell] = [
        .identifier(user), .text("model"), .text(model.name), .integer(model.version),
        .optional(model.status), .text(model.role), .text(model.kind),
      ]
      table.append(
        version + [
          .missing, .missing, .missing, .missing,
          model.bias.map { .text("\($0)") } ?? .missing, .list(model.vector.map { "\($0)" }),
        ])
      for rated in model.ratedItems {
        table.append(
          version + [
            .identifier(rated.item), .optional(rated.title), .missing, .missing, .missing, .missing,
          ])
      }
    }
    return table
  }
}
