import ArgumentParser
import Foundation
import Ratings
import Recommenders

/// How `latent export model` writes.
enum ModelExportFormat: String, ExpressibleByArgument, CaseIterable {
  case csv, npy, sql
}

/// What a model has learned, as files for other programs.
struct ModelExport {
  private let model: any ScoredModel
  private let withUsers: Bool

  init(_ model: any ScoredModel, withUsers: Bool) {
    self.model = model
    self.withUsers = withUsers
  }

  /// Writes all files. Memory is bounded by a row, and by the columns of ids and biases.
  func write(as format: ModelExportFormat, into folder: ExportFolder) throws {
    switch format {
    case .csv: try writeCSV(folder)
    case .npy: try writeArrays(folder)
    case .sql: try writeSQL(folder)
    }
  }

  // MARK: - Rows

  /// A user or an item.
  private struct Row {
    let id: String
    var title: String?
    var ratings: Int?
    let bias: Float?
    let vector: [Float]
  }

  private func item(_ row: Int) -> Row {
    let item = ItemIndex(row)
    let length = model.itemVectorLength
    return Row(
      id: model.items.identifier(at: item).description, title: model.title(of: item) ?? "",
      ratings: model.ratingCount(of: item), bias: model.bias(of: item),
      vector: length == 0
        ? [] : model.withItemVectors { Array($0[row * length..<(row + 1) * length]) })
  }

  /// A user of a model without vectors of items is what they have rated, which is not exported.
  private func user(_ row: Int) -> Row {
    let user = model.user(at: UserIndex(row))
    return Row(
      id: model.users.identifier(at: UserIndex(row)).description, bias: user.bias,
      vector: model.itemVectorLength == 0 ? [] : user.elements)
  }

  private func length(ofUser row: Int) -> Int {
    model.userCount == 0 ? 0 : user(row).vector.count
  }

  private var weights: ItemItemModel? { model as? ItemItemModel }

  /// What there is of each side.
  private var sides:
    [(name: String, type: IdentifierType, count: Int, length: Int, row: (Int) -> Row)]
  {
    [("item", model.items.type, model.itemCount, model.itemVectorLength, item)]
      + (withUsers && model.itemVectorLength > 0
        ? [("user", model.users.type, model.userCount, length(ofUser: 0), user)] : [])
  }

  // MARK: - CSV

  private func writeCSV(_ folder: ExportFolder) throws {
    for side in sides {
      try folder.write("\(side.name)s.csv") { file in
        let first = side.count > 0 ? side.row(0) : nil
        try file.add(
          ([side.name] + (side.name == "item" ? ["title", "ratings"] : [])
            + (first?.bias == nil ? [] : ["bias"]) + (0..<side.length).map { "v\($0)" })
            .joined(separator: ",") + "\n")
        for position in 0..<side.count {
          let row = side.row(position)
          var cells = [Self.quoted(row.id)]
          if let title = row.title, let ratings = row.ratings {
            cells += [Self.quoted(title), String(ratings)]
          }
          cells += (row.bias.map { ["\($0)"] } ?? []) + row.vector.map { "\($0)" }
          try file.add(cells.joined(separator: ",") + "\n")
        }
      }
    }
    guard let weights else { return }
    try folder.write("weights.csv") { file in
      try file.add("item,other,weight\n")
      for row in 0..<model.itemCount {
        let item = Self.quoted(model.items.identifier(at: ItemIndex(row)).description)
        for (other, weight) in weights.weights(from: ItemIndex(row)) {
          let other = Self.quoted(model.items.identifier(at: other).description)
          try file.add("\(item),\(other),\(weight)\n")
        }
      }
    }
  }

  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  // MARK: - NumPy

  private func writeArrays(_ folder: ExportFolder) throws {
    for side in sides {
      if side.length > 0 {
        try folder.write("\(side.name)_vectors.npy") { file in
          try file.add(Self.header("<f4", [side.count, side.length]))
          for position in 0..<side.count { try file.add(side.row(position).vector) }
        }
      }
      let biases = (0..<side.count).compactMap { side.row($0).bias }
      if biases.count == side.count, !biases.isEmpty {
        try folder.write("\(side.name)_biases.npy") { file in
          try file.add(Self.header("<f4", [side.count]))
          try file.add(biases)
        }
      }
      switch side.type {
      case .integer:
        try folder.write("\(side.name)_ids.npy") { file in
          try file.add(Self.header("<i8", [side.count]))
          for position in 0..<side.count {
            try file.add([Int64(side.row(position).id) ?? 0])
          }
        }
      case .text:
        try folder.write("\(side.name)_ids.txt") { file in
          for position in 0..<side.count {
            // One line each: an id may hold a line end.
            let id = side.row(position).id.map { $0.isNewline ? " " : String($0) }.joined()
            try file.add(id + "\n")
          }
        }
      }
    }
    guard let weights else { return }
    let rows = (0..<model.itemCount).map { ItemIndex($0) }
    var ends: [Int64] = [0]
    for row in rows { ends.append(ends[ends.count - 1] + Int64(weights.weights(from: row).count)) }
    let count = Int(ends[ends.count - 1])
    try folder.write("weights_indptr.npy") { file in
      try file.add(Self.header("<i8", [ends.count]))
      try file.add(ends)
    }
    try folder.write("weights_indices.npy") { file in
      try file.add(Self.header("<i8", [count]))
      for row in rows { try file.add(weights.weights(from: row).map { Int64($0.item.rawValue) }) }
    }
    try folder.write("weights_data.npy") { file in
      try file.add(Self.header("<f4", [count]))
      for row in rows { try file.add(weights.weights(from: row).map(\.weight)) }
    }
  }

  /// The header of an array in NumPy's format, version 1.0 (NEP 1): a multiple of 64 bytes long.
  private static func header(_ type: String, _ shape: [Int]) -> [UInt8] {
    let sizes = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
    text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
      + Array(text.utf8)
  }

  // MARK: - SQL

  private func writeSQL(_ folder: ExportFolder) throws {
    for side in sides {
      try folder.write("\(side.name)s.sql") { file in
        let type = side.type == .integer ? "bigint" : "text"
        let isItem = side.name == "item"
        try file.add(
          """
          begin;
          create table latent_\(side.name) (
            \(side.name)_id \(type) primary key,\(isItem ? "\n  title text, ratings integer," : "")
            bias real, vector text
          );
          copy latent_\(side.name) from stdin;

          """)
        for position in 0..<side.count {
          let row = side.row(position)
          var cells = [Self.copied(row.id)]
          if isItem { cells += [Self.copied(row.title ?? ""), "\(row.ratings ?? 0)"] }
          cells.append(row.bias.map { "\($0)" } ?? "\\N")
          cells.append(
            row.vector.isEmpty
              ? "\\N" : "[" + row.vector.map { "\($0)" }.joined(separator: ",") + "]")
          try file.add(cells.joined(separator: "\t") + "\n")
        }
        try file.add("\\.\ncommit;\n")
      }
    }
    guard let weights else { return }
    try folder.write("weights.sql") { file in
      let type = model.items.type == .integer ? "bigint" : "text"
      try file.add(
        """
        begin;
        create table latent_weight (
          item_id \(type), other_id \(type), weight real, primary key (item_id, other_id)
        );
        copy latent_weight from stdin;

        """)
      for row in 0..<model.itemCount {
        let item = Self.copied(model.items.identifier(at: ItemIndex(row)).description)
        for (other, weight) in weights.weights(from: ItemIndex(row)) {
          let other = Self.copied(model.items.identifier(at: other).description)
          try file.add("\(item)\t\(other)\t\(weight)\n")
        }
      }
      try file.add("\\.\ncommit;\n")
    }
  }

  /// A text as COPY's text format writes it.
  private static func copied(_ text: String) -> String {
    var copied = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": copied += "\\\\"
      case "\t": copied += "\\t"
      case "\n": copied += "\\n"
      case "\r": copied += "\\r"
      default: copied.unicodeScalars.append(scalar)
      }
    }
    return copied
  }
}
