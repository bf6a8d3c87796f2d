import Ratings
import Recommenders

extension ModelExportFormat {
  /// Scripts for psql, each of which re-creates its table in one transaction: `latent_item` and `latent_user`, with
  /// vectors in pgvector's text form, or `latent_weight`; and `latent_model`, which describes the model.
  static let sql = ModelExportFormat("sql") { export, folder in
    try folder.write("model.sql") { file in
      try file.add(table("latent_model", "name text primary key, value text"))
      for fact in export.facts {
        try file.add("\(fact.name)\t\(fact.value.isMissing ? null : fact.value.plain.copied)\n")
      }
      try file.add(end)
    }
    for side in export.sides {
      try folder.write("\(side.name)s.sql") { file in
        let name = "latent_\(side.name)"
        if side.vectorLength > 0 {
          try file.add(
            """
            -- To search by the vectors, with pgvector:
            --   alter table \(name) alter vector type vector(\(side.vectorLength)) using vector::vector;

            """)
        }
        try file.add(
          table(
            name,
            "\(side.name)_id \(type(side.type)) primary key, "
              + (side.isTitled ? "title text, ratings integer, " : "") + "bias real, vector text"))
        for position in 0..<side.count {
          let row = side.row(position)
          var cells = [row.id.description.copied]
          if side.isTitled { cells += [row.title?.copied ?? null, "\(row.ratings)"] }
          cells.append(side.hasBiases ? "\(row.bias)" : null)
          cells.append(
            row.vector.isEmpty
              ? null : "[" + row.vector.map { "\($0)" }.joined(separator: ",") + "]")
          try file.add(cells.joined(separator: "\t") + "\n")
        }
        try file.add(end)
      }
    }
    guard export.hasWeights else { return }
    try folder.write("weights.sql") { file in
      let type = type(export.model.items.type)
      try file.add(
        table(
          "latent_weight",
          "item_id \(type), other_id \(type), weight real, primary key (item_id, other_id)"))
      try export.forEachItemWithWeights { item, weights in
        let item = export.id(of: item).description.copied
        for (other, weight) in weights {
          try file.add("\(item)\t\(export.id(of: other).description.copied)\t\(weight)\n")
        }
      }
      try file.add(end)
    }
  }

  /// A null in COPY's text format, and the end of the rows.
  private static let (null, end) = ("\\N", "\\.\ncommit;\n")

  private static func type(_ type: IdentifierType) -> String {
    type == .integer ? "bigint" : "text"
  }

  /// Returns the start of a transaction that re-creates a table and copies the rows that follow into it.
  private static func table(_ name: String, _ columns: String) -> String {
    """
    begin;
    drop table if exists \(name);
    create table \(name) (\(columns));
    copy \(name) from stdin;

    """
  }
}

extension String {
  /// The text in COPY's text format.
  fileprivate var copied: String {
    var copied = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar {
      case "\\": copied.append(contentsOf: "\\\\".unicodeScalars)
      case "\t": copied.append(contentsOf: "\\t".unicodeScalars)
      case "\n": copied.append(contentsOf: "\\n".unicodeScalars)
      case "\r": copied.append(contentsOf: "\\r".unicodeScalars)
      default: copied.append(scalar)
      }
    }
    return String(copied)
  }
}
