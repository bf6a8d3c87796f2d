import Foundation
import Ratings

/// All that is held of a person.
struct PersonalData: Encodable {
  /// A rating in the store.
  struct Rating: Encodable {
    let item: ExportedIdentifier
    let title: String?
    let rating: Float
    let time: String?
  }

  /// An item that a model knows the person to have rated.
  struct RatedItem: Encodable {
    let item: ExportedIdentifier
    let title: String?
  }

  /// What a version of a model holds.
  struct Model: Encodable {
    let name: String
    let version: Int
    let status: String?
    let kind: String
    let bias: Float?
    let vector: [Float]
    let ratedItems: [RatedItem]

    enum CodingKeys: String, CodingKey {
      case name, version, status, kind, bias, vector
      case ratedItems = "rated_items"
    }
  }

  let user: String
  let ratings: [Rating]
  let models: [Model]

  /// One JSON object, keys in order.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// A row for each rating in the store, each version, and each item that a version knows to be rated.
  var table: ResultTable {
    var table = ResultTable([
      .init("user"), .init("place"), .init("name"), .init("version"), .init("status"),
      .init("kind"),
      .init("item"), .init("title"), .init("rating"), .init("time"), .init("bias"), .init("vector"),
    ])
    for rating in ratings {
      table.append([
        .text(user), .text("store"), .missing, .missing, .missing, .missing, rating.item.cell,
        .optional(rating.title), .rating(rating.rating), .optional(rating.time), .missing, .missing,
      ])
    }
    for model in models {
      let version: [ResultTable.Cell] = [
        .text(user), .text("model"), .text(model.name), .integer(model.version),
        .optional(model.status), .text(model.kind),
      ]
      table.append(
        version + [
          .missing, .missing, .missing, .missing,
          model.bias.map { .text("\($0)") } ?? .missing, .list(model.vector.map { "\($0)" }),
        ])
      for rated in model.ratedItems {
        table.append(
          version + [
            rated.item.cell, .optional(rated.title), .missing, .missing, .missing, .missing,
          ])
      }
    }
    return table
  }
}

/// An id as programs read it: a number where ids are integers.
struct ExportedIdentifier: Encodable {
  private let id: ItemID

  init(_ id: ItemID) { self.id = id }

  /// The id in a table.
  var cell: ResultTable.Cell { .identifier(id) }

  func encode(to encoder: any Encoder) throws {
    switch id.value {
    case .integer(let integer): try integer.encode(to: encoder)
    case .text(let text): try text.encode(to: encoder)
    }
  }
}
