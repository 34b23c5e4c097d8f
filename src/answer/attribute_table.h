/* attribute_table.h - the attributes of attribute.h. Words are folded: lower case, no accents; each
 * stands with all its forms, since a stem would also be other words'. size-check: table */
#ifndef KITH_ANSWER_ATTRIBUTE_TABLE_H
#define KITH_ANSWER_ATTRIBUTE_TABLE_H

#include "answer/attribute.h"

enum { ATTRIBUTE_LANGUAGES = LANGUAGE_DUTCH + 1 };

struct attribute {
    const char *asks[ATTRIBUTE_LANGUAGES]; /* words of questions, parted by blanks; NULL: none */
    const char *says[ATTRIBUTE_LANGUAGES]; /* words of texts; NULL: as asks */
    const char *symbols;                   /* of its units, parted by blanks; NULL: none */
};

#define EN [LANGUAGE_ENGLISH]
#define DE [LANGUAGE_GERMAN]
#define FR [LANGUAGE_FRENCH]
#define ES [LANGUAGE_SPANISH]
#define IT [LANGUAGE_ITALIAN]
#define PT [LANGUAGE_PORTUGUESE]
#define NL [LANGUAGE_DUTCH]

// clang-format off
static const attribute attributes[] = {
    { // what it costs
        .asks = {EN = "cost costs price prices fee fees cheap cheaper cheapest expensive euro euros dollar dollars",
                 DE = "kosten kostet kostete preis preise gebuhr gebuhren billig billiger billigste billigsten gunstigste gunstigsten teuer teurer teuerste euro",
                 FR = "coute coutent cout couts prix tarif tarifs cher chere euros",
                 ES = "cuesta cuestan costar coste costo costes precio precios tarifa tarifas barato barata caro cara euros",
                 IT = "costa costano costo costi prezzo prezzi tariffa tariffe economico caro euro",
                 PT = "custa custam custo custos preco precos tarifa barato barata caro cara euros",
                 NL = "kost kosten prijs prijzen tarief tarieven goedkoop goedkoopste euro"},
        .says = {EN = "cost costs price prices priced fee fees charge charged charges cheap cheaper cheapest expensive euro euros dollar dollars"},
        .symbols = "€ $ £ ¥ EUR USD GBP CHF",
    },
    { // what it weighs
        .asks = {EN = "weigh weighs weight heavy heavier heaviest kilogram kilograms kilogramme kilogrammes kilo kilos gram grams",
                 DE = "wiegt wiegen gewicht schwer schwerer kilogramm kilo gramm",
                 FR = "pese pesent poids lourd lourde kilogrammes kilos grammes",
                 ES = "pesa pesan peso pesado kilogramos kilos gramos",
                 IT = "pesa pesano peso pesante chilogrammi chili grammi",
                 PT = "pesa pesam peso pesado quilogramas quilos gramas",
                 NL = "weegt wegen gewicht zwaar kilogram kilo gram"},
        .symbols = "kg g t lb lbs",
    },
    { // its power
        .asks = {EN = "powerful watt watts kilowatt kilowatts horsepower", DE = "leistung watt kilowatt ps", FR = "puissance watts kilowatts",
                 ES = "potencia vatios kilovatios", IT = "potenza watt kilowatt", PT = "potencia watts quilowatts", NL = "vermogen watt kilowatt"},
        .symbols = "W kW MW hp PS",
    },
    { // its voltage
        .asks = {EN = "voltage volt volts", DE = "spannung volt", FR = "tension volts", ES = "voltaje tension voltios", IT = "tensione volt",
                 PT = "tensao volts", NL = "spanning volt"},
        .symbols = "V kV mV",
    },
    { // the current that it takes
        .asks = {EN = "amp amps ampere amperes", DE = "ampere", FR = "amperes", ES = "amperios", IT = "ampere", PT = "amperes", NL = "ampere"},
        .symbols = "A mA",
    },
    { // how loud it is
        .asks = {EN = "loud louder loudest noise noisy decibel decibels", DE = "laut lauter lautstarke larm dezibel", FR = "bruit bruyant decibels",
                 ES = "ruido ruidoso decibelios", IT = "rumore rumoroso decibel", PT = "ruido decibeis", NL = "geluid lawaai decibel"},
        .symbols = "dB dBA",
    },
    { // how high it is
        .asks = {EN = "height high tall taller tallest", DE = "hoch hohe hoher", FR = "hauteur haut haute", ES = "altura alto alta", IT = "altezza alto alta",
                 PT = "altura alto alta", NL = "hoogte hoog"},
    },
    { // how deep it is
        .asks = {EN = "depth deep deeper deepest", DE = "tief tiefe", FR = "profondeur profond profonde", ES = "profundidad profundo profunda",
                 IT = "profondita profondo profonda", PT = "profundidade fundo profundo", NL = "diepte diep"},
    },
    { // how wide it is
        .asks = {EN = "width wide wider widest breadth", DE = "breit breite", FR = "largeur large", ES = "anchura ancho ancha", IT = "larghezza largo larga",
                 PT = "largura largo larga", NL = "breedte breed"},
    },
    { // how large it is
        .asks = {EN = "size big bigger biggest large larger largest", DE = "gross grosse grosser flache", FR = "taille grand grande surface superficie",
                 ES = "tamano grande superficie", IT = "dimensione dimensioni grande superficie", PT = "tamanho grande area", NL = "grootte groot oppervlakte"},
        .says = {EN = "size sizes big bigger biggest large larger largest area dimensions"},
    },
    { // how far it is
        .asks = {EN = "far farther distance kilometre kilometres kilometer kilometers mile miles", DE = "weit entfernung strecke kilometer",
                 FR = "loin distance kilometres", ES = "lejos distancia kilometros", IT = "lontano distanza chilometri", PT = "longe distancia quilometros",
                 NL = "ver afstand kilometer"},
        .symbols = "km mi",
    },
    { // how fast it is
        .asks = {EN = "fast faster fastest speed", DE = "schnell schneller geschwindigkeit tempo", FR = "vite rapide vitesse", ES = "rapido velocidad",
                 IT = "veloce velocita", PT = "rapido velocidade", NL = "snel snelheid"},
        .symbols = "km/h mph Mbit/s MB/s",
    },
    { // how warm it is
        .asks = {EN = "hot warm cold temperature degrees", DE = "heiss warm kalt temperatur grad", FR = "chaud froid temperature degres",
                 ES = "caliente frio temperatura grados", IT = "caldo freddo temperatura gradi", PT = "quente frio temperatura graus", NL = "heet warm koud temperatuur graden"},
        .symbols = "°C °F °",
    },
    { // how long it takes
        .asks = {EN = "duration", DE = "dauer dauert dauern lauft laufzeit", FR = "duree dure durent", ES = "duracion dura duran", IT = "durata dura durano",
                 PT = "duracao dura duram", NL = "duur duurt"},
    },
    {.asks = {EN = "second seconds", DE = "sekunde sekunden", FR = "seconde secondes", ES = "segundo segundos", IT = "secondo secondi", PT = "segundo segundos", NL = "seconde seconden"},
     .symbols = "s sec ms"},
    {.asks = {EN = "minute minutes", DE = "minute minuten", FR = "minute minutes", ES = "minuto minutos", IT = "minuto minuti", PT = "minuto minutos", NL = "minuut minuten"},
     .symbols = "min"},
    {.asks = {EN = "hour hours", DE = "stunde stunden", FR = "heure heures", ES = "hora horas", IT = "ora ore", PT = "hora horas", NL = "uur uren"},
     .symbols = "h hr hrs"},
    {.asks = {EN = "metre metres meter meters", DE = "meter", FR = "metre metres", ES = "metro metros", IT = "metro metri", PT = "metro metros", NL = "meter"},
     .symbols = "m"},
    {.asks = {EN = "centimetre centimetres centimeter centimeters", DE = "zentimeter", FR = "centimetre centimetres", ES = "centimetro centimetros",
              IT = "centimetro centimetri", PT = "centimetro centimetros", NL = "centimeter"},
     .symbols = "cm"},
    {.asks = {EN = "millimetre millimetres millimeter millimeters", DE = "millimeter", FR = "millimetre millimetres", ES = "milimetro milimetros",
              IT = "millimetro millimetri", PT = "milimetro milimetros", NL = "millimeter"},
     .symbols = "mm"},
    {.asks = {EN = "litre litres liter liters", DE = "liter", FR = "litre litres", ES = "litro litros", IT = "litro litri", PT = "litro litros", NL = "liter"},
     .symbols = "l L"},
    {.asks = {EN = "percent percentage", DE = "prozent", FR = "pourcentage", ES = "porcentaje", IT = "percentuale", PT = "percentagem", NL = "procent percentage"},
     .symbols = "%"},
    {.asks = {EN = "calorie calories kilocalories", DE = "kalorien", FR = "calories", ES = "calorias", IT = "calorie", PT = "calorias", NL = "calorieen"},
     .symbols = "kcal cal"},
    {.asks = {EN = "kilobyte kilobytes"}, .symbols = "KB kB KiB"},
    {.asks = {EN = "megabyte megabytes"}, .symbols = "MB MiB"},
    {.asks = {EN = "gigabyte gigabytes"}, .symbols = "GB GiB"},
    {.asks = {EN = "hertz megahertz gigahertz"}, .symbols = "Hz kHz MHz GHz"},
    { // how old somebody or something is
        .asks = {EN = "old older oldest age", DE = "alt alter alteste", FR = "age", ES = "edad", IT = "eta", PT = "idade", NL = "oud leeftijd"},
        .says = {EN = "old older oldest age aged born birth built founded", DE = "alt alter geboren geburtsdatum baujahr gegrundet", FR = "age ans ne nee naissance fonde",
                 ES = "edad anos nacio nacido nacimiento fundado", IT = "eta anni nato nata nascita fondato", PT = "idade anos nasceu nascimento fundado",
                 NL = "oud leeftijd geboren geboortedatum bouwjaar"},
    },
    { // when somebody was born
        .asks = {EN = "born birth birthday birthdate", DE = "geboren geburt geburtsdatum geburtstag", FR = "ne nee naissance", ES = "nacio nacido nacida nacimiento",
                 IT = "nato nata nascita", PT = "nasceu nascido nascimento", NL = "geboren geboorte geboortedatum verjaardag"},
    },
    { // until when it is valid
        .asks = {EN = "expire expires expired expiry expiration", DE = "gilt gultig ablauft abgelaufen ablaufdatum lauft", FR = "valable valide expire expiration",
                 ES = "valido valida vence caduca caducidad vencimiento", IT = "valido valida scade scadenza", PT = "valido valida expira validade", NL = "geldig verloopt vervaldatum"},
        .says = {EN = "expire expires expired expiry expiration valid validity ends deadline", DE = "gilt gultig gultigkeit ablaufdatum befristet"},
    },
    { // who wrote it
        .asks = {EN = "wrote write written author authors writer", DE = "schrieb geschrieben verfasst verfasser verfasserin autor autorin",
                 FR = "ecrit ecrivit redige auteur autrice auteurs", ES = "escribio escrito escrita autor autora autores", IT = "scritto scrisse autore autrice autori",
                 PT = "escreveu escrito autor autora autores", NL = "schreef geschreven auteur schrijver"},
        .says = {EN = "wrote written author authors writer writers"},
    },
    { // how to call somebody
        .asks = {EN = "phone telephone mobile", DE = "telefon telefonnummer rufnummer handynummer", FR = "telephone", ES = "telefono telefonico movil", IT = "telefono cellulare telefonico",
                 PT = "telefone telemovel", NL = "telefoon telefoonnummer"},
        .says = {EN = "phone telephone tel mobile", DE = "telefon telefonnummer tel fon rufnummer mobil", FR = "telephone tel portable telephonez", ES = "telefono tel movil llame",
                 IT = "telefono tel cellulare telefonate", PT = "telefone tel telemovel", NL = "telefoon telefoonnummer tel"},
    },
    { // who answers for it
        .asks = {EN = "responsible", DE = "zustandig verantwortlich verantwortliche verantwortlicher", FR = "responsable charge", ES = "responsable encargado encargada",
                 IT = "responsabile incaricato", PT = "responsavel encarregado", NL = "verantwoordelijk verantwoordelijke"},
        .says = {EN = "responsible charge owner"},
    },
    { // who made it
        .asks = {EN = "manufacturer maker manufactured", DE = "hersteller hergestellt", FR = "fabricant fabrique", ES = "fabricante fabricado", IT = "produttore prodotto",
                 PT = "fabricante fabricado", NL = "fabrikant gemaakt"},
        .says = {EN = "manufacturer manufacturers maker makers manufactured made"},
    },
};
// clang-format on

#undef EN
#undef DE
#undef FR
#undef ES
#undef IT
#undef PT
#undef NL

#endif
