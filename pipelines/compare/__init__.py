"""Run rules: set lists against each other and say agree, disagree, not found or not compared.

Belongs here: loading rule files, the gates on absence, evidence, counts. Does not: any rule itself;
those are SQL files under expectations/rules.
"""
